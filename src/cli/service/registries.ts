/** `--registry`: registries to watch that are told on the command line. docs/registries.md. */
import type { RegistryInput } from '../../engine/registry/configuration.ts';
import { orThrow } from '../advisories.ts';
import { CommandError, EXIT } from '../exit.ts';
import type { Runtime } from './runtime.ts';

interface Told {
  readonly name: string;
  readonly input: RegistryInput;
}

/** `https://HOST[:PORT][/PATTERN]`, `http://…` (no TLS) or `HOST[:PORT][/PATTERN]`. */
export function parseRegistry(text: string): Told {
  const [, scheme, host = '', pattern = ''] =
    /^(?:(https?):\/\/)?(\[[0-9a-f:]+\](?::\d+)?|[^/@\s?#:]+(?::\d+)?)(?:\/([a-z0-9*._/-]*))?$/i.exec(text) ?? [];
  if (host === '') {
    const hint = text.includes('@') ? ' Logins do not belong on a command line: docs/registries.md says where.' : '';
    const message = `--registry takes an address such as https://registry.example:5000 or https://registry.example/team/*; "${text.replace(/\/\/[^@]*@/, '//')}" is none.${hint}`;
    throw new CommandError(message, EXIT.usage);
  }
  const insecure = scheme?.toLowerCase() === 'http';
  const rules = pattern === '' ? {} : { repositories: [{ pattern, frequency: 'CONTINUOUS_SCAN' as const }] };
  return {
    name: host
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]/g, '-')
      .slice(0, 64),
    input: { address: host, insecure, ...rules },
  };
}

/** Watches what is told; a registry that is watched already keeps what was said of it elsewhere. */
export async function watchTold({ registries, place }: Runtime, texts: readonly string[]): Promise<void> {
  const watched = new Set((await registries.list(place.account)).map(({ name }) => name));
  for (const { name, input } of texts.map(parseRegistry)) {
    if (watched.has(name)) await registries.poll({ account: place.account, name });
    else orThrow(await registries.put({ ...place, name }, input));
  }
}
