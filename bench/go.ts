/** Building Go programs outside the project, so that nothing of theirs ends up in it. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, once } from './workspace.ts';

const ENVIRONMENT = { GOFLAGS: '-mod=mod -buildvcs=false' };

/** Builds a directory with `main.go` and `go.mod`. */
export function buildGoProgram(name: string, source: string): string {
  return once(`tools/${name}`, (path) => {
    const work = `${path}.source`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    for (const file of readdirSync(source)) cpSync(join(source, file), join(work, file));
    command('go', ['build', '-o', path, '.'], { cwd: work, env: ENVIRONMENT });
    rmSync(work, { recursive: true });
  });
}

export interface GoTool {
  readonly id: string;
  readonly version: string;
  readonly module: string;
  /** The command's package below the module. */
  readonly path: string;
  /** Modules whose version is raised; Go takes the highest that anything requires. */
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Builds a released command through a module of our own that requires it: `go install module@version` cannot raise a dependency, and
 * fails where the released go.mod has replacements.
 */
export function buildGoTool(tool: GoTool): string {
  return once(`tools/${tool.id}-${tool.version}/${tool.id}`, (path) => {
    const work = `${path}.source`;
    mkdirSync(work, { recursive: true });
    const required = Object.entries({ [tool.module]: tool.version, ...tool.with });
    const requires = required.map(([module, version]) => `require ${module} v${version}\n`).join('');
    writeFileSync(join(work, 'go.mod'), `module bench\n\ngo 1.26.0\n\n${requires}`);
    writeFileSync(join(work, 'tools.go'), `//go:build tools\n\npackage bench\n\nimport _ "${tool.module}/${tool.path}"\n`);
    command('go', ['build', '-o', path, `${tool.module}/${tool.path}`], { cwd: work, env: { ...ENVIRONMENT, ...tool.env } });
    rmSync(work, { recursive: true });
  });
}
