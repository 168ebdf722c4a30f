// Normals of the corners of hit i, blended (mesh frame); of flat faces something.
bool smooth = C[i] >= 0;
const float* c = corner + 3 * (size_t)(smooth ? C[i] : 0);
float u2 = hit_uv[2 * i], u3 = hit_uv[2 * i + 1], u1 = 1.f - u2 - u3;
float sx = c[0] * u1 + c[3] * u2 + c[6] * u3;
float sy = c[1] * u1 + c[4] * u2 + c[7] * u3;
float sz = c[2] * u1 + c[5] * u2 + c[8] * u3;
