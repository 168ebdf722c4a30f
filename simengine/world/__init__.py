"""What a scene is: meshes, materials, classes, entities, lanes, weather, and the state that changes."""
