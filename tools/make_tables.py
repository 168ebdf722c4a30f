"""Makes the tables of the grammar anew (simengine/language/tables.json): run it when the grammar, or Lark, changes."""

from pathlib import Path

from simengine.language.tables import serialised

if __name__ == "__main__":
    place = Path(__file__).parents[1] / "simengine" / "language" / "tables.json"
    place.write_text(serialised(), encoding="utf-8")
