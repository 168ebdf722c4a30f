float tone;
return snow_at(s, x, y, z, up, span, tone);
