// Share of light that both faces of a pane send back: the twin of simengine/world/panes.py; f0: of one face, head on.
float pane_sends_back(float f0, float cosine) {
    float root = sqrt(f0), index = (1.0 + root) / (1.0 - root), c = clamp(cosine, 1.0e-6, 1.0);
    float inside = sqrt(1.0 - (1.0 - c * c) / (index * index));
    float across = (c - index * inside) / (c + index * inside), along = (index * c - inside) / (index * c + inside);
    float one = 0.5 * (across * across + along * along);
    return 2.0 * one / (1.0 + one);
}
