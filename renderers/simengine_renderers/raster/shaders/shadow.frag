// Nothing but depth.
void main() {
#if PIERCED
    leave_out_holes();
#endif
}
