// Of a hit seen along (rx, ry, rz) whose part has pose a, with its flat normal (gx, gy, gz) and that of its corners
// (sx, sy, sz) if it is smooth, in the mesh frame: the flat normal in the world (fx, fy, fz), and the shading normal
// there, turned to the viewer (nx, ny, nz).
const auto& R = a.world_from_mesh.data;
float fx = dot3(R[0][0], R[0][1], R[0][2], gx, gy, gz);
float fy = dot3(R[1][0], R[1][1], R[1][2], gx, gy, gz);
float fz = dot3(R[2][0], R[2][1], R[2][2], gx, gy, gz);
// blended normals of corners, turned into the world
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
