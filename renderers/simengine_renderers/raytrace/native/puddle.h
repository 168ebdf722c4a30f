// Rain stands on open ground, in puddles first; (x, y) in the world.
bool open = M[i] >= 0 && NZ[i] > 0.6f && (GROUND >> mat[M[i] >= 0 ? M[i] : 0].pattern & 1);
float puddle = within(noise2(x * 0.45f, y * 0.45f, 0) * 1.6f - 0.3f, 0.f, 1.f);
damp[i] = open ? v.wetness * (0.45f + 0.55f * puddle) : 0.f;
