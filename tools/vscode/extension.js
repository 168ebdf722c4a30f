// Starts the language server of scenario files (`simengine lsp`) and connects the editor to it.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function makeClient() {
  const command = vscode.workspace.getConfiguration("simengine").get("command") || "simengine";
  return new LanguageClient(
    "simengine",
    "simengine scenarios",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "scn" }] },
  );
}

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (error) {
    const chosen = await vscode.window.showErrorMessage(
      `simengine lsp did not start (${error.message}). It needs pip install 'simengine-synth[lsp]', and the setting ` +
        "simengine.command where the command is not on the path.",
      "Open settings",
    );
    if (chosen) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "simengine.command");
    }
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old && old.isRunning()) {
    await old.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("simengine.restart", restart),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("simengine.command")) {
        void restart();
      }
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
