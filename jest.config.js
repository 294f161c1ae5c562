// Engine and commands are ES modules and the program is CommonJS; Jest runs all of it as CommonJS.
const compilerOptions = {
  module: "commonjs",
  target: "ES2023",
  esModuleInterop: true,
  isolatedModules: true,
  allowImportingTsExtensions: true,
  noEmit: true,
};
const transform = {
  "\\.ts$": ["ts-jest", { tsconfig: compilerOptions, diagnostics: false }],
  "node_modules/commander/.*\\.m?js$": [
    "ts-jest",
    { tsconfig: { ...compilerOptions, allowJs: true }, diagnostics: false },
  ],
};
const shared = {
  testEnvironment: "node",
  transform,
  transformIgnorePatterns: ["node_modules/(?!commander/)"],
};

module.exports = {
  // Jest leaves a core free, which is half of a small computer.
  maxWorkers: "100%",
  testSequencer: "<rootDir>/test/support/longestFirst.js",
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["unit", "contract", "api"].map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    },
    {
      ...shared,
      displayName: "e2e",
      testMatch: ["<rootDir>/test/e2e/**/*.test.ts"],
      testEnvironment: "<rootDir>/test/support/endToEndEnvironment.ts",
    },
  ],
};
