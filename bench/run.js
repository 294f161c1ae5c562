"use strict";

// The benchmark shares the tests' helpers, which are CommonJS TypeScript: compiled as they are loaded, without a check.
const fs = require("node:fs");
const { ModuleKind, ScriptTarget, transpileModule } = require("typescript");

const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023, esModuleInterop: true };
require.extensions[".ts"] = (module, file) =>
  module._compile(transpileModule(fs.readFileSync(file, "utf8"), { compilerOptions }).outputText, file);

require("./bench.ts").main();
