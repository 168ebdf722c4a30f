# pyright: reportUnknownParameterType=false
"""Kernels that hand 16-ray packets to Embree, and poses to its instances (CPU only).

A packet is a tile of 4 x 4 neighbours of a grid of rays: image pixels, or channels x columns of a LiDAR. Packets never
depend on how a launch is sliced, so results do not either. Layouts are those of Embree's ``RTCRayHit16``.
"""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.cutouts import PASSAGE
from simengine_renderers.raytrace.modules import PACKETS as MODULE

__all__ = ["DENORMALS", "NO_DENORMALS", "any_packets", "closest_packets", "place_instances"]

NO_DENORMALS = """
#if defined(__x86_64__)
    unsigned int csr=__builtin_ia32_stmxcsr(); __builtin_ia32_ldmxcsr(csr|0x8040u);
#endif
"""
"""Embree asks for it: numbers near zero cost hundreds of cycles each. Put back afterwards: the thread is not ours."""
DENORMALS = """
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(csr);
#endif
"""
_CLOSEST = (
    NO_DENORMALS
    + PASSAGE
    + """
    alignas(64) float b[21*16]; alignas(64) int valid[16]; unsigned int* u=(unsigned int*)b; int at[16];
    int some=0; Passage passage; if(through) passage.clear(0);
    int tiles_x=(width+3)>>2; int ty=packet/tiles_x; int tx=packet-ty*tiles_x;
    for(int k=0;k<16;++k){
      int x=tx*4+(k&3), y=ty*4+(k>>2); bool ok=x<width && y<height;
      if(ok && chosen && !active.data[y*width+x]) ok=false;
      valid[k]=ok?-1:0; some|=valid[k];
      if(!ok){ x=x<width?x:width-1; y=y<height?y:height-1; }
      int i=(y0+y)*stride+x0+x; at[k]=ok?y*width+x:-1;
      const float* d=(const float*)&directions.data[i];
      const float* o=own_origins?(const float*)&origins.data[i]:(const float*)&origins.data[0];
      b[k]=o[0]; b[16+k]=o[1]; b[32+k]=o[2]; b[48+k]=0.f;
      b[64+k]=r.data[0][0]*d[0]+r.data[0][1]*d[1]+r.data[0][2]*d[2];
      b[80+k]=r.data[1][0]*d[0]+r.data[1][1]*d[1]+r.data[1][2]*d[2];
      b[96+k]=r.data[2][0]*d[0]+r.data[2][1]*d[1]+r.data[2][2]*d[2];
      b[112+k]=own_times?times.data[i]:0.f; b[128+k]=far_m;
      u[144+k]=mask; u[160+k]=through?k+1:0; u[176+k]=0; u[272+k]=u[288+k]=u[304+k]=0xffffffffu; }
    struct { int flags; unsigned int features; void* context; void* filter; void* intersect; } arguments
      = {coherent, 0xffffffffu, through?&passage:0, 0, 0};
    if(some) ((void(*)(const int*,void*,void*,void*))function)(valid,(void*)scene,(void*)b,(void*)&arguments);
    if(through){
      alignas(64) float s[12*16]; int any=0; unsigned int* w=(unsigned int*)s;
      for(int k=0;k<16*12;++k) s[k]=b[k];
      for(int k=0;k<16;++k){ valid[k]=valid[k] && passage.met[k]?-1:0; any|=valid[k];
        s[128+k]=b[128+k]*0.9999f; w[160+k]=k+1; }
      passage.clear(1);
      if(any) ((void(*)(const int*,void*,void*,void*))occluded)(valid,(void*)scene,(void*)s,(void*)&arguments);
      for(int k=0;k<16;++k) if(at[k]>=0){
        float* p=(float*)&shares.data[at[k]]; for(int c=0;c<4;++c) p[c]=passage.share[4*k+c]; } }
    for(int k=0;k<16;++k) if(at[k]>=0){ int i=at[k];
      int f=(int)u[272+k], slot=(int)u[304+k], p=-1;
      if(slot>=0){ p=part_of_slot.data[slot];
        if(p<0){ f+=u[288+k]?solid:0; p=owner.data[f]; f=own_face.data[f]; } }
      range_m.data[i]=b[128+k]; face.data[i]=f; part.data[i]=p;
      float* uv=(float*)&bary.data[i]; uv[0]=b[240+k]; uv[1]=b[256+k]; }
"""
    + DENORMALS
)


@wp.func_native(_CLOSEST)
def _closest(
    packet: int, width: int, height: int, stride: int, x0: int, y0: int, function: wp.uint64, scene: wp.uint64,
    coherent: int, mask: wp.uint32, far_m: float, own_origins: int, own_times: int, r: wp.mat33,
    origins: wp.array(dtype=wp.vec3), directions: wp.array(dtype=wp.vec3), times: wp.array(dtype=float),
    chosen: int, active: wp.array(dtype=wp.uint8), through: int, shares: wp.array(dtype=wp.vec4), occluded: wp.uint64,
    part_of_slot: wp.array(dtype=int), owner: wp.array(dtype=int), own_face: wp.array(dtype=int),
    solid: int, range_m: wp.array(dtype=float), face: wp.array(dtype=int), part: wp.array(dtype=int),
    bary: wp.array(dtype=wp.vec2),
): ...  # fmt: skip


@wp.kernel(module=MODULE)
def closest_packets(
    first: int, width: int, height: int, stride: int, x0: int, y0: int, function: wp.uint64, scene: wp.uint64,
    coherent: int, mask: wp.uint32, far_m: float, own_origins: int, own_times: int, r: wp.mat33,
    origins: wp.array(dtype=wp.vec3), directions: wp.array(dtype=wp.vec3), times: wp.array(dtype=float),
    chosen: int, active: wp.array(dtype=wp.uint8), through: int, shares: wp.array(dtype=wp.vec4), occluded: wp.uint64,
    part_of_slot: wp.array(dtype=int), owner: wp.array(dtype=int), own_face: wp.array(dtype=int),
    solid: int, range_m: wp.array(dtype=float), face: wp.array(dtype=int), part: wp.array(dtype=int),
    bary: wp.array(dtype=wp.vec2),
):  # fmt: skip
    """Nearest hits of the packets from ``first`` on.

    A slot of the top level is one part, or (-1) the mesh of all that never moves: ``owner`` has the part of each of its
    faces, ``own_face`` its number in that part; the first ``solid`` ones have no holes and are geometry 0. With
    ``chosen`` 1 only rays that are ``active`` are traced. With ``through`` 1 they go on behind panes, and ``shares``
    gets what those leave of the light.
    """
    _closest(
        first + wp.tid(), width, height, stride, x0, y0, function, scene, coherent, mask, far_m, own_origins,
        own_times, r, origins, directions, times, chosen, active, through, shares, occluded,
        part_of_slot, owner, own_face, solid, range_m, face, part, bary,
    )  # fmt: skip


_ANY = (
    NO_DENORMALS
    + PASSAGE
    + """
    Passage passage; passage.clear(1);
    alignas(64) float b[12*16]; alignas(64) int valid[16]; unsigned int* u=(unsigned int*)b; int at[16]; int some=0;
    int tiles_x=(width+3)>>2; int ty=packet/tiles_x; int tx=packet-ty*tiles_x;
    for(int k=0;k<16;++k){
      int x=tx*4+(k&3), y=ty*4+(k>>2); int i=y*width+x; bool in=x<width && y<height; at[k]=in?i:-1;
      bool ok=in && active.data[i]; valid[k]=ok?-1:0; some|=valid[k]; if(!in) i=0;
      const float* o=(const float*)&origins.data[i]; float dx=aim.c[0], dy=aim.c[1], dz=aim.c[2], far_m=1e30f;
      if(to_points){ const float* p=(const float*)&targets.data[i]; dx=p[0]-o[0]; dy=p[1]-o[1]; dz=p[2]-o[2];
        float l=sqrtf(dx*dx+dy*dy+dz*dz); float s=l>0.f?1.f/l:0.f; dx*=s; dy*=s; dz*=s; far_m=l-margin_m; }
      b[k]=o[0]+offset.c[0]; b[16+k]=o[1]+offset.c[1]; b[32+k]=o[2]+offset.c[2]; b[48+k]=0.f;
      b[64+k]=dx; b[80+k]=dy; b[96+k]=dz; b[112+k]=0.f; b[128+k]=far_m>0.f?far_m:0.f;
      u[144+k]=0xffffffffu; u[160+k]=k+1; u[176+k]=0; }
    if(some){
      struct { int flags; unsigned int features; void* context; void* filter; void* intersect; } arguments
        = {coherent, 0xffffffffu, &passage, 0, 0};
      ((void(*)(const int*,void*,void*,void*))function)(valid,(void*)scene,(void*)b,(void*)&arguments); }
    for(int k=0;k<16;++k) if(at[k]>=0) {
      const float* s=passage.share+4*k; float grey=0.2126f*s[0]+0.7152f*s[1]+0.0722f*s[2];
      lit.data[at[k]]=(valid[k] && b[128+k]>=0.f)?(unsigned char)(255.f*grey+0.5f):0; }
"""
    + DENORMALS
)


@wp.func_native(_ANY)
def _any(
    packet: int, width: int, height: int, function: wp.uint64, scene: wp.uint64, coherent: int,
    origins: wp.array(dtype=wp.vec3), offset: wp.vec3, active: wp.array(dtype=wp.uint8), aim: wp.vec3, to_points: int,
    targets: wp.array(dtype=wp.vec3), margin_m: float, lit: wp.array(dtype=wp.uint8),
): ...  # fmt: skip


@wp.kernel(module=MODULE)
def any_packets(
    first: int, width: int, height: int, function: wp.uint64, scene: wp.uint64, coherent: int,
    origins: wp.array(dtype=wp.vec3), offset: wp.vec3, active: wp.array(dtype=wp.uint8), aim: wp.vec3, to_points: int,
    targets: wp.array(dtype=wp.vec3), margin_m: float, lit: wp.array(dtype=wp.uint8),
):  # fmt: skip
    """How much gets from the light to ``origins``: along ``aim``, or up to ``targets`` less a margin.

    255: nothing is between, 0: something opaque; panes leave a part.
    """
    _any(
        first + wp.tid(), width, height, function, scene, coherent, origins, offset, active, aim, to_points, targets,
        margin_m, lit,
    )  # fmt: skip


_PLACE = """
    void* g=(void*)handles.data[index.data[i]]; int kind=kinds.data[i];
    const float* p=(const float*)poses.data+(size_t)i*32;
    ((void(*)(void*,unsigned int))set_steps)(g,kind==0?1u:2u);
    for(unsigned int s=0;s<(kind==0?1u:2u);++s){
      alignas(64) float q[16]; for(int k=0;k<16;++k) q[k]=p[s*16+k];
      if(kind==2) ((void(*)(void*,unsigned int,const void*))set_quaternion)(g,s,q);
      else ((void(*)(void*,unsigned int,int,const void*))set_transform)(g,s,0x9234,q); }
    ((void(*)(void*))commit)(g);
"""


@wp.func_native(_PLACE)
def _place(
    i: int, set_steps: wp.uint64, set_transform: wp.uint64, set_quaternion: wp.uint64, commit: wp.uint64,
    handles: wp.array(dtype=wp.uint64), index: wp.array(dtype=int), kinds: wp.array(dtype=int),
    poses: wp.array(dtype=float),
): ...  # fmt: skip


@wp.kernel(module=MODULE)
def place_instances(
    set_steps: wp.uint64, set_transform: wp.uint64, set_quaternion: wp.uint64, commit: wp.uint64,
    handles: wp.array(dtype=wp.uint64), index: wp.array(dtype=int), kinds: wp.array(dtype=int),
    poses: wp.array(dtype=float),
):  # fmt: skip
    """Give instances ``index`` their poses, two rows of 16 floats each.

    Kind 0: one column-major 3x4 matrix, standing still. Kind 1: two matrices, linear in between. Kind 2: two of
    Embree's quaternion decompositions, linear translation and slerp in between.
    """
    _place(wp.tid(), set_steps, set_transform, set_quaternion, commit, handles, index, kinds, poses)
