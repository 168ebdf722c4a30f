# pyright: reportUnknownParameterType=false
"""Ray queries one at a time, from inside of kernels: for paths, whose rays go their own ways.

The same two trees as ``packets`` and ``bvh``: Embree's on the CPU, Warp's on CUDA and where Embree is not found.
"""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.bvh import Mover, first_hit, into, passing, turned
from simengine_renderers.raytrace.cutouts import PASSAGE
from simengine_renderers.raytrace.packets import DENORMALS, NO_DENORMALS
from simengine_renderers.raytrace.tracing import FAR_M

__all__ = ["Found", "Tree", "closest", "reaches"]

_FAR = wp.constant(FAR_M)


@wp.struct
class Tree:
    """One of two trees, as a tracer hands it out.

    Embree's where ``embree`` is 1: addresses of its functions and of the top level, what the slots are (as in
    ``packets``), and the mask of rays that do not see the carrier. Else Warp's: the boxes' tree, what is in them
    and the rows of faces with holes.
    """

    embree: int
    intersect: wp.uint64
    occluded: wp.uint64
    scene: wp.uint64
    mask: wp.uint32
    part_of_slot: wp.array(dtype=int)
    owner: wp.array(dtype=int)
    own_face: wp.array(dtype=int)
    solid: int
    boxes: wp.uint64
    movers: wp.array(dtype=Mover)
    cut: wp.array(dtype=float)
    carrier: int


@wp.struct
class Found:
    """Nearest hits, an element a pixel, as ``tracing.Hits``."""

    range_m: wp.array(dtype=float)
    part: wp.array(dtype=int)
    face: wp.array(dtype=int)
    uv: wp.array(dtype=wp.vec2)


_CLOSEST = (
    "#if !defined(__CUDA_ARCH__)\n"
    + NO_DENORMALS
    + """
    alignas(16) float b[24]; unsigned int* u=(unsigned int*)b;
    for(int k=0;k<3;++k){ b[k]=o.c[k]; b[4+k]=d.c[k]; }
    b[3]=0.f; b[7]=0.f; b[8]=far_m; u[9]=sees_all?0xffffffffu:tree.mask; u[10]=u[11]=0;
    u[17]=u[18]=u[19]=u[20]=0xffffffffu;
    struct { int flags; unsigned int features; void* context; void* filter; void* intersect; } arguments
      = {0, 0xffffffffu, 0, 0, 0};
    ((void(*)(void*,void*,void*))tree.intersect)((void*)tree.scene,(void*)b,(void*)&arguments);
    int f=(int)u[17], slot=(int)u[19], p=-1;
    if(slot>=0){ p=tree.part_of_slot.data[slot];
      if(p<0){ f+=u[18]?tree.solid:0; p=tree.owner.data[f]; f=tree.own_face.data[f]; } }
    out.range_m.data[i]=b[8]; out.face.data[i]=f; out.part.data[i]=p;
    float* uv=(float*)&out.uv.data[i]; uv[0]=b[15]; uv[1]=b[16];
"""
    + DENORMALS
    + "#endif\n"
)
_REACHES = (
    "#if defined(__CUDA_ARCH__)\nreturn wp::vec3(0.f);\n#else\n"
    + NO_DENORMALS
    + PASSAGE
    + """
    Passage passage; passage.clear(1);
    alignas(16) float b[12]; unsigned int* u=(unsigned int*)b;
    for(int k=0;k<3;++k){ b[k]=o.c[k]; b[4+k]=d.c[k]; }
    b[3]=0.f; b[7]=0.f; b[8]=far_m>0.f?far_m:0.f; u[9]=0xffffffffu; u[10]=1; u[11]=0;
    struct { int flags; unsigned int features; void* context; void* filter; void* intersect; } arguments
      = {0, 0xffffffffu, &passage, 0, 0};
    ((void(*)(void*,void*,void*))tree.occluded)((void*)tree.scene,(void*)b,(void*)&arguments);
"""
    + DENORMALS
    + "    return b[8]>=0.f?wp::vec3(passage.share[0],passage.share[1],passage.share[2]):wp::vec3(0.f);\n#endif\n"
)


@wp.func_native(_CLOSEST)
def _closest_in_embree(tree: Tree, o: wp.vec3, d: wp.vec3, sees_all: int, far_m: float, i: int, out: Found): ...


@wp.func_native(_REACHES)
def _reaches_in_embree(tree: Tree, o: wp.vec3, d: wp.vec3, far_m: float) -> wp.vec3: ...


@wp.func
def closest(tree: Tree, o: wp.vec3, d: wp.vec3, sees_all: int, i: int, out: Found):
    """Nearest hit of a ray, written to element ``i``; without ``sees_all``, the carrier's own parts are not seen."""
    if tree.embree == 1:
        _closest_in_embree(tree, o, d, sees_all, _FAR, i, out)
    else:
        best = float(_FAR)
        out.part[i] = -1
        out.face[i] = -1
        query = wp.bvh_query_ray(tree.boxes, o, d)
        item = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
        while wp.bvh_query_next(query, item, best):
            m = tree.movers[item]
            if sees_all == 1 or m.entity != tree.carrier:
                hit = first_hit(tree.cut, m, into(m, 0.0, o), turned(m, 0.0, d), best, 0)
                if hit.face >= 0:
                    best = hit.range_m
                    out.face[i] = hit.face
                    out.part[i] = m.part
                    out.uv[i] = hit.uv
        out.range_m[i] = best


@wp.func
def reaches(tree: Tree, o: wp.vec3, d: wp.vec3, far_m: float) -> wp.vec3:
    """What is left of light along a ray up to a distance: zero behind what is opaque, a part behind panes."""
    share = wp.vec4(1.0, 1.0, 1.0, 1.0)
    light = wp.vec3(0.0, 0.0, 0.0)
    if tree.embree == 1:
        light = _reaches_in_embree(tree, o, d, far_m)
    else:
        far = wp.max(far_m, 0.0)
        query = wp.bvh_query_ray(tree.boxes, o, d)
        item = int(0)  # noqa: RUF046, UP018  (Warp: a variable, not a constant)
        while wp.bvh_query_next(query, item, far):
            m = tree.movers[item]
            share = wp.cw_mul(share, passing(tree.cut, m, into(m, 0.0, o), turned(m, 0.0, d), far))
            if share[0] + share[1] + share[2] == 0.0:
                far = float(0.0)  # noqa: UP018
        light = wp.vec3(share[0], share[1], share[2])
    return light
