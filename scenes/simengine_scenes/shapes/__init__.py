"""Building triangle meshes: drafts, solids, lofts."""
