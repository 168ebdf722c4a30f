// Of a hit i at (x, y, z) in the world: snow on it, in colour, and in material where it is most of it.
const auto& bare = mat[M[i] >= 0 ? M[i] : 0];
bool keeps = M[i] >= 0 && row[hit_part[i] >= 0 ? hit_part[i] : 0].snowy == 1 && bare.pane == 0 && NZ[i] > STEEP;
if (keeps) {
  float tone, share = snow_at(v.fallen, x, y, z, NZ[i], SPAN[i], tone);
  const auto& snow = mat[v.fallen.material];
  AR[i] += share * (tone * snow.albedo.c[0] - AR[i]);
  AG[i] += share * (tone * snow.albedo.c[1] - AG[i]);
  AB[i] += share * (tone * snow.albedo.c[2] - AB[i]);
  M[i] = share > 0.5f ? v.fallen.material : M[i];
}
