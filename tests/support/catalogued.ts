/** What the pipeline makes of a few files in memory: its own steps, without a walk over a target. */
import { memoryContent } from '../../src/artifacts/memory.ts';
import { basenameOf, parentOf } from '../../src/artifacts/paths.ts';
import { compilePatterns, isExecutableMagic } from '../../src/inventory/classifier.ts';
import { type Assembled, assembleAll, type SeenExtract } from '../../src/inventory/pipeline/assemble.ts';
import { CATALOGERS } from '../../src/inventory/registry.ts';
import { testContext } from './extract.ts';

/** Bytes that one file may inflate in these tests. */
const BUDGET = 64 * 1024 * 1024;
/** The scan of a layer gives smaller files to nobody who reads programs. */
export const LEAST_PROGRAM = 64;

const classifier = compilePatterns(CATALOGERS);

/** What every cataloger that wants the file says of it. Rejects when one throws. */
export async function extractsOf(path: string, bytes: Uint8Array | string): Promise<SeenExtract[]> {
  const content = memoryContent(path, bytes, 0o755);
  const isProgram = content.size >= LEAST_PROGRAM && isExecutableMagic(content.read(0, 512));
  const wanted = new Set([...classifier.byName(path), ...(isProgram ? classifier.ifExecutable(path) : [])]);
  const seen: SeenExtract[] = [];
  for (const position of wanted) {
    const cataloger = CATALOGERS[position];
    if (cataloger === undefined) continue;
    const extract = await cataloger.extract(content, testContext({ budget: BUDGET }));
    seen.push({ path, layer: 0, cataloger: cataloger.id, extract });
  }
  return seen;
}

/** Packages, problems and operating system that the user would get for these files. */
export function assembled(paths: Iterable<string>, seen: readonly SeenExtract[]): Assembled {
  const files = new Set(paths);
  const names = new Set(files);
  for (const path of files) for (let at = parentOf(path); at !== ''; at = parentOf(at)) names.add(at);
  return assembleAll({
    seen,
    catalogers: CATALOGERS,
    tree: {
      has: (path) => names.has(path),
      visible: (path) => files.has(path),
      resolve: (path) => path,
      fileLayer: (path) => (files.has(path) ? 0 : undefined),
      below: (directory) => [...files].filter((path) => path !== basenameOf(path) && path.startsWith(`${directory}/`)),
    },
    originOf: () => 0,
    layer: () => ({}),
  });
}
