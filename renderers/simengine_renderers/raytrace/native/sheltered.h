// What water stands on at (x, y, z) in the world stays dry below a roof.
if (damp[i] > 0.f) {
  float worn;
  damp[i] *= sky_at(v.fallen, x, y, z, worn);
}
