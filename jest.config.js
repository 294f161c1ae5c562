const transform = {
  "\\.ts$": [
    "ts-jest",
    { tsconfig: { module: "commonjs", target: "ES2023", esModuleInterop: true, allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false, noEmit: true }, isolatedModules: true, diagnostics: { ignoreCodes: [151001] } },
  ],
  "node_modules/(@peculiar|commander)/.*\\.m?js$": ["ts-jest", { tsconfig: { allowJs: true, module: "commonjs" }, isolatedModules: true, diagnostics: false }],
};
const shared = { testEnvironment: "node", transform, transformIgnorePatterns: ["node_modules/(?!(@peculiar|commander)/)"] };

module.exports = {
  projects: [
    { ...shared, displayName: "unit", testMatch: ["<rootDir>/test/unit/**/*.test.ts", "<rootDir>/test/contract/**/*.test.ts"] },
    { ...shared, displayName: "e2e", testMatch: ["<rootDir>/test/e2e/**/*.test.ts"] },
  ],
};
