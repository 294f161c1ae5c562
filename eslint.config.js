"use strict";

const pulumi = require("@pulumi/eslint-plugin");
const js = require("@eslint/js");
const prettier = require("eslint-config-prettier");
const { defineConfig } = require("eslint/config");
const globals = require("globals");
const tseslint = require("typescript-eslint");

const typescript = {
  files: ["**/*.ts"],
  extends: [tseslint.configs.recommended],
  languageOptions: {
    parserOptions: {
      project: ["tsconfig.json", "engine/tsconfig.json", "test/tsconfig.json"],
      tsconfigRootDir: __dirname,
    },
  },
  plugins: { "@pulumi": pulumi },
  rules: {
    "@pulumi/no-output-in-template-literal": "error",
    "@pulumi/no-output-instance-in-template-literal": "error",
    "@typescript-eslint/await-thenable": "error",
    "@typescript-eslint/consistent-type-imports": "error",
    "@typescript-eslint/no-floating-promises": "error",
    "@typescript-eslint/no-misused-promises": "error",
    "@typescript-eslint/no-unnecessary-type-assertion": "error",
    "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  },
};

const javascript = {
  files: ["**/*.js"],
  languageOptions: { sourceType: "commonjs", globals: globals.node },
};

module.exports = defineConfig(
  { ignores: ["node_modules/", ".remote-docker/", "coverage/"] },
  js.configs.recommended,
  { rules: { eqeqeq: "error" } },
  javascript,
  typescript,
  prettier,
);
