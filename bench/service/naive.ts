/** The other way to follow a database update: looking at every inventory again. Measured on a sample of the fleet's hosts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCycloneDx } from '../../src/inventory/sbom/cyclonedx-write.ts';
import { matchInventory } from '../../src/matching/match.ts';
import type { Inventory } from '../../src/model/package.ts';
import { scoreAll } from '../../src/scoring/score.ts';
import { buildGoTool } from '../go.ts';
import { grypeData } from '../peer-data.ts';
import { PEERS } from '../peers.ts';
import { baseOf, type Catalog, hostOf, randomOf } from './hosts.ts';
import { openBenchDatabase, type Timing, timingOf } from './report.ts';

const HOSTS = 300;
const GRYPE_HOSTS = 10;
const TODAY = '2026-11-21';

interface Way {
  readonly hosts: number;
  /** Of one host. */
  readonly milliseconds: Timing;
  readonly unavailable?: string;
}

export interface Naive {
  /** The scanner's matching and scoring in one process with the database open: no reading of documents, no store. */
  readonly vedette: Way;
  readonly grype: Way | { readonly unavailable: string };
}

function own(hosts: readonly Inventory[], path: string): Way {
  const { database } = openBenchDatabase(path);
  const times: number[] = [];
  for (const [index, host] of [...hosts.slice(0, 20), ...hosts].entries()) {
    const start = performance.now();
    scoreAll(matchInventory(host, database, { today: TODAY }).matches, database);
    if (index >= 20) times.push(performance.now() - start);
  }
  database.close();
  return { hosts: times.length, milliseconds: timingOf(times) };
}

/** The grype that bench/peers.ts builds, with the database that bench/peer-data.ts makes: made now where they were not yet. */
function findGrype(): { readonly program: string; readonly data: string } {
  const peer = PEERS.find(({ id }) => id === 'grype');
  if (peer === undefined) throw new Error('grype is not among the peers');
  return { program: process.env.VEDETTE_BENCH_GRYPE ?? buildGoTool(peer), data: grypeData() };
}

function grype(hosts: readonly Inventory[]): Naive['grype'] {
  const directory = mkdtempSync(join(tmpdir(), 'vedette-naive-'));
  try {
    const { program, data } = findGrype();
    const env = {
      ...process.env,
      GRYPE_DB_CACHE_DIR: data,
      GRYPE_DB_AUTO_UPDATE: 'false',
      GRYPE_DB_VALIDATE_AGE: 'false',
      GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    };
    const times = hosts.slice(0, GRYPE_HOSTS + 1).map((host, index) => {
      const file = join(directory, `${index}.cdx.json`);
      writeFileSync(file, [...writeCycloneDx(host, { format: 'json' })].join(''));
      const start = performance.now();
      execFileSync(program, [`sbom:${file}`, '--quiet', '--output', 'json', '--file', join(directory, 'out.json')], { env });
      return performance.now() - start;
    });
    return { hosts: times.length - 1, milliseconds: timingOf(times.slice(1)) };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message.slice(0, 300) : String(error) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export function naive(catalog: Catalog, path: string, { packages, drift }: { packages: number; drift: number }): Naive {
  const random = randomOf(3);
  const hosts = Array.from({ length: HOSTS }, () => hostOf(baseOf(catalog, packages, random), drift, random));
  const all: Naive = { vedette: own(hosts, path), grype: grype(hosts) };
  process.stdout.write(`one host again: ${JSON.stringify(all)}\n`);
  return all;
}
