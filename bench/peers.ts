/** The scanners that Vedette is compared with: released versions, built from source, run as their documentation says for offline use. */
import { buildGoTool, type GoTool } from './go.ts';
import type { Input, InputKind } from './input.ts';
import { grypeData, osvScannerData, trivyData } from './peer-data.ts';
import { command, hostExclusions, projectDirectory } from './workspace.ts';

/** One run of a tool: it writes its JSON to `out`. */
export interface Invocation {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Peer extends GoTool {
  readonly title: string;
  /** Takes inventory only, so that its time is not compared. */
  readonly inventoryOnly?: true;
  /** Undefined where the tool has no such target. */
  readonly run: (input: Input, out: string) => Invocation | undefined;
}

const SYFT_SCHEMES: Readonly<Record<InputKind, string>> = {
  'docker-archive': 'docker-archive:',
  oci: 'oci-dir:',
  project: 'dir:',
  host: 'dir:',
};
const TRIVY_COMMANDS: Readonly<Record<InputKind, readonly string[]>> = {
  'docker-archive': ['image', '--input'],
  oci: ['image', '--input'],
  project: ['filesystem'],
  host: ['rootfs'],
};
/** syft and grype run `go list` where they find Go sources; without this it would use the network and write to the sources it lists. */
const GO_OFFLINE = { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };

function syftExclusions(input: Input): string[] {
  return input.kind === 'host' ? hostExclusions().flatMap((path) => ['--exclude', `.${path}/**`]) : [];
}

function trivy(input: Input, out: string): Invocation {
  const fixed = [
    '--skip-db-update',
    '--skip-java-db-update',
    '--skip-version-check',
    '--offline-scan',
    '--cache-backend',
    'memory',
  ];
  const report = ['--scanners', 'vuln', '--list-all-pkgs', '--format', 'json', '--output', out, '--quiet', '--timeout', '60m'];
  const [first = '', ...rest] = TRIVY_COMMANDS[input.kind];
  const skipped = input.kind === 'host' ? hostExclusions().flatMap((path) => ['--skip-dirs', path.slice(1)]) : [];
  return { args: [first, '--cache-dir', trivyData(), ...fixed, ...report, ...skipped, ...rest, input.path()] };
}

function osvScanner(input: Input, out: string): Invocation | undefined {
  const data = osvScannerData();
  const env = { OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY: data, OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY: data };
  const report = ['--offline', '--all-packages', '--all-vulns', '--format', 'json', '--output-file', out];
  if (input.kind === 'docker-archive') return { args: ['scan', 'image', ...report, '--archive', input.path()], env };
  if (input.kind === 'project') return { args: ['scan', 'source', '--recursive', '--no-resolve', ...report, input.path()], env };
  return undefined;
}

function grype(input: Input, out: string): Invocation {
  const env = {
    ...GO_OFFLINE,
    GRYPE_DB_CACHE_DIR: grypeData(),
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_VALIDATE_AGE: 'false',
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
  };
  return {
    args: [`${SYFT_SCHEMES[input.kind]}${input.path()}`, '--quiet', '--output', 'json', '--file', out, ...syftExclusions(input)],
    env,
  };
}

function syft(input: Input, out: string): Invocation {
  const source = `${SYFT_SCHEMES[input.kind]}${input.path()}`;
  return {
    args: ['scan', source, '--quiet', '--output', `syft-json=${out}`, ...syftExclusions(input)],
    env: { ...GO_OFFLINE, SYFT_CHECK_FOR_APP_UPDATE: 'false' },
  };
}

export const PEERS: readonly Peer[] = [
  {
    id: 'trivy',
    title: 'trivy',
    version: '0.74.0',
    module: 'github.com/aquasecurity/trivy',
    path: 'cmd/trivy',
    env: { GOEXPERIMENT: 'jsonv2' },
    run: trivy,
  },
  {
    id: 'grype',
    title: 'grype',
    version: '0.116.0',
    module: 'github.com/anchore/grype',
    path: 'cmd/grype',
    // One release newer than what it names, the one measured as syft too: one library, one build.
    with: { 'github.com/anchore/syft': '1.51.0' },
    run: grype,
  },
  {
    id: 'osv-scanner',
    title: 'osv-scanner',
    version: '2.5.0',
    module: 'github.com/google/osv-scanner/v2',
    path: 'cmd/osv-scanner',
    run: osvScanner,
  },
  {
    id: 'syft',
    title: 'syft (inventory only)',
    version: '1.51.0',
    module: 'github.com/anchore/syft',
    path: 'cmd/syft',
    inventoryOnly: true,
    run: syft,
  },
];

export interface FoundPeer {
  readonly peer: Peer;
  readonly program?: string;
  /** Why it is not there. */
  readonly reason?: string;
}

let found: FoundPeer[] | undefined;

/** Builds what is not built yet. A program can be given instead: VEDETTE_BENCH_TRIVY=/usr/local/bin/trivy. */
export function findPeers(): readonly FoundPeer[] {
  found ??= PEERS.map((peer) => {
    const given = process.env[`VEDETTE_BENCH_${peer.id.replace('-', '_').toUpperCase()}`];
    try {
      return { peer, program: given ?? buildGoTool(peer) };
    } catch (error) {
      return { peer, reason: error instanceof Error ? error.message : String(error) };
    }
  });
  return found;
}

/** Where Go keeps the source of a peer's module. */
export function goModule({ module, version }: GoTool): string {
  const { Dir }: { Dir: string } = JSON.parse(
    command('go', ['mod', 'download', '-json', `${module}@v${version}`], { cwd: projectDirectory }),
  );
  return Dir;
}
