// Of a hit i seen along (rx, ry, rz): the flat normal in the mesh frame (gx, gy, gz), the flat normal in the world
// (fx, fy, fz), and the shading normal in the world, turned to the viewer (nx, ny, nz).
const auto& R = a.world_from_mesh.data;
float gx = tri[F[i]].normal.c[0], gy = tri[F[i]].normal.c[1], gz = tri[F[i]].normal.c[2];
float fx = dot3(R[0][0], R[0][1], R[0][2], gx, gy, gz);
float fy = dot3(R[1][0], R[1][1], R[1][2], gx, gy, gz);
float fz = dot3(R[2][0], R[2][1], R[2][2], gx, gy, gz);
// corner normals, blended and turned into the world
bool smooth = C[i] >= 0;
const float* c = corner + 3 * (size_t)(smooth ? C[i] : 0);
float u2 = hit_uv[2 * i], u3 = hit_uv[2 * i + 1], u1 = 1.f - u2 - u3;
float sx = c[0] * u1 + c[3] * u2 + c[6] * u3;
float sy = c[1] * u1 + c[4] * u2 + c[7] * u3;
float sz = c[2] * u1 + c[5] * u2 + c[8] * u3;
float nx = dot3(R[0][0], R[0][1], R[0][2], sx, sy, sz);
float ny = dot3(R[1][0], R[1][1], R[1][2], sx, sy, sz);
float nz = dot3(R[2][0], R[2][1], R[2][2], sx, sy, sz);
float length = sqrtf(dot3(nx, ny, nz, nx, ny, nz)), unit = length > 0.f ? 1.f / length : 0.f;
nx = smooth ? nx * unit : fx;
ny = smooth ? ny * unit : fy;
nz = smooth ? nz * unit : fz;
// both normals face the camera
float slope = dot3(fx, fy, fz, rx, ry, rz);
bool inside = slope > 0.f, agree = dot3(nx, ny, nz, fx, fy, fz) >= 0.f;
float sign = inside == agree ? -1.f : 1.f, flip = inside ? -1.f : 1.f;
sign = hit ? sign : 0.f;
nx *= sign;
ny *= sign;
nz *= sign;
