import type { Cataloger } from '../../cataloger.ts';
import { cutOff, entriesSkipped, unexpected } from '../../document.ts';
import { assembleGo, type GoData } from './assemble.ts';
import { parseGoMod, parseGoSum, parseModulesTxt } from './parse.ts';

/** The module cache holds the go.mod of everything ever downloaded: not what this target builds. */
const NOT_IN_MODULE_CACHE = /^(?!(?:.*\/)?pkg\/mod\/)/;

function parse(path: string, text: string): GoData {
  if (path.endsWith('go.sum')) return parseGoSum(text);
  if (path.endsWith('modules.txt')) return parseModulesTxt(text);
  return parseGoMod(text);
}

export const goMod: Cataloger = {
  id: 'go-mod',
  title: 'Go modules',
  specification: ['https://go.dev/ref/mod', 'https://go.dev/ref/mod#workspaces', 'https://go.dev/ref/mod#vendoring'],
  version: 2,
  packageTypes: ['golang'],
  evidence: 'declared',
  reads: ['go.mod', 'go.sum (for go.mod before 1.17)', 'go.work', 'vendor/modules.txt'],
  patterns: [
    { basename: 'go.mod', where: NOT_IN_MODULE_CACHE },
    { basename: 'go.sum', where: NOT_IN_MODULE_CACHE },
    { basename: 'go.work', where: NOT_IN_MODULE_CACHE },
    { basename: 'modules.txt', where: /(?:^|\/)vendor\/modules\.txt$/ },
  ],
  extract(file) {
    const text = file.text();
    if (!text.ok) return { packages: [], problems: [text.problem] };
    const data = parse(file.path, text.value);
    const name = file.path.slice(file.path.lastIndexOf('/') + 1);
    if (data.kind === 'mod' && name === 'go.mod' && data.module === '' && data.require.length === 0)
      return { packages: [], problems: [unexpected('go.mod', 'it names no module')] };
    const skipped = data.invalid > 0 ? [entriesSkipped(name, data.invalid)] : [];
    return { packages: [], data, problems: [...skipped, ...(text.value.endsWith(')') ? [] : cutOff(name, file))] };
  },
  assemble: assembleGo,
};
