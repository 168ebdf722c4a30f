"""The extension for VS Code: its manifest is sound, what it names exists, and it colours what the language has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

FOLDER = Path(__file__).parents[2] / "tools" / "vscode"
MANIFEST = json.loads((FOLDER / "package.json").read_text("utf-8"))
PATH = {"type": "string", "pattern": r"^\./"}
SCHEMA = {
    "type": "object",
    "required": ["name", "version", "publisher", "license", "engines", "main", "contributes", "dependencies"],
    "properties": {
        "name": {"pattern": "^[a-z0-9-]+$"}, "version": {"pattern": r"^\d+\.\d+\.\d+$"}, "main": PATH,
        "engines": {"required": ["vscode"]}, "dependencies": {"required": ["vscode-languageclient"]},
        "contributes": {
            "required": ["languages", "grammars", "configuration"],
            "properties": {
                "languages": {"items": {"required": ["id", "extensions", "configuration"],
                                        "properties": {"configuration": PATH}}},
                "grammars": {"items": {"required": ["language", "scopeName", "path"], "properties": {"path": PATH}}},
            },
        },
    },
}  # fmt: skip


def test_the_manifest_is_sound():
    """What VS Code asks of package.json, and every file that it names is there."""
    jsonschema.validate(MANIFEST, SCHEMA)
    contributes = MANIFEST["contributes"]
    (language,), (grammar,) = contributes["languages"], contributes["grammars"]
    for path in (MANIFEST["main"], language["configuration"], grammar["path"], "LICENSE", "README.md"):
        assert (FOLDER / path).is_file(), path
    assert language["id"] == grammar["language"] and language["extensions"] == [".scn"]
    assert json.loads((FOLDER / grammar["path"]).read_text("utf-8"))["scopeName"] == grammar["scopeName"]
    assert MANIFEST["activationEvents"] == [f"onLanguage:{language['id']}"]


def test_the_code_uses_what_the_manifest_declares():
    """The language, the setting and the command."""
    code = (FOLDER / MANIFEST["main"]).read_text("utf-8")
    (setting,) = MANIFEST["contributes"]["configuration"]["properties"]
    (command,) = [c["command"] for c in MANIFEST["contributes"]["commands"]]
    assert f'"{setting}"' in code and f'"{command}"' in code
    assert f'language: "{MANIFEST["contributes"]["languages"][0]["id"]}"' in code and 'args: ["lsp"]' in code
    asked = set(re.findall(r'require\("([^"./]+)', code))
    assert asked == {"vscode", *MANIFEST["dependencies"]}
    assert MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == [setting]


def test_the_code_is_javascript():
    """Node reads it; it is not run, which needs an editor."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    subprocess.run([node, "--check", str(FOLDER / MANIFEST["main"])], check=True)


def test_lines_that_open_a_block_indent_the_next_one():
    """The rule of the language: a ':' at the end, in front of a comment too, and not inside a string or comment."""
    rules = json.loads((FOLDER / "language-configuration.json").read_text("utf-8"))
    pattern = re.compile(rules["indentationRules"]["increaseIndentPattern"])
    opening = ["    do:", "scenario a:", 'scenario a "b: c":  # d', "    car ego on lane(1):", "  case 0.8 dry:"]
    plain = ['    cite "a:"', "    # do:", "    record front: rgb", "    stop after 9 s  # see:", "    let a = 2 m"]
    assert [bool(pattern.match(x)) for x in (*opening, *plain)] == [True] * 5 + [False] * 5
    assert rules["comments"]["lineComment"] == "#" and rules["onEnterRules"][0]["beforeText"] == pattern.pattern
