/** What each tool reports, counted the same way, so that speed is not had by looking at less. */
import { readFileSync } from 'node:fs';

export interface Counts {
  readonly packages?: number;
  readonly findings?: number;
}

interface Named {
  readonly name: string;
  readonly version?: string;
  readonly type?: string;
}

function packageKey({ type = '', name, version = '' }: Named): string {
  return `${type} ${name} ${version}`;
}

interface Vedette {
  readonly packages: readonly Named[];
  readonly vulnerabilities: readonly { readonly id: string; readonly package: string }[];
}

interface Trivy {
  readonly Results?: readonly {
    readonly Type?: string;
    readonly Packages?: readonly { readonly Name: string; readonly Version?: string }[];
    readonly Vulnerabilities?: readonly {
      readonly VulnerabilityID: string;
      readonly PkgName: string;
      readonly InstalledVersion: string;
    }[];
  }[];
}

interface Grype {
  readonly matches: readonly { readonly vulnerability: { readonly id: string }; readonly artifact: Named }[];
}

interface OsvScanner {
  readonly results?: readonly {
    readonly packages?: readonly {
      readonly package: { readonly name: string; readonly version?: string; readonly ecosystem?: string };
      readonly vulnerabilities?: readonly { readonly id: string }[];
    }[];
  }[];
}

interface Syft {
  readonly artifacts: readonly Named[];
}

function vedette({ packages, vulnerabilities }: Vedette): Counts {
  return {
    packages: new Set(packages.map(packageKey)).size,
    findings: new Set(vulnerabilities.map((v) => `${v.package} ${v.id}`)).size,
  };
}

function trivy({ Results = [] }: Trivy): Counts {
  const packages = new Set<string>();
  const findings = new Set<string>();
  for (const { Type: type = '', Packages = [], Vulnerabilities = [] } of Results) {
    for (const { Name: name, Version: version = '' } of Packages) packages.add(packageKey({ type, name, version }));
    for (const v of Vulnerabilities) findings.add(`${type} ${v.PkgName} ${v.InstalledVersion} ${v.VulnerabilityID}`);
  }
  return { packages: packages.size, findings: findings.size };
}

function grype({ matches }: Grype): Counts {
  return { findings: new Set(matches.map(({ artifact, vulnerability }) => `${packageKey(artifact)} ${vulnerability.id}`)).size };
}

function osvScanner({ results = [] }: OsvScanner): Counts {
  const packages = new Set<string>();
  const findings = new Set<string>();
  for (const { package: named, vulnerabilities = [] } of results.flatMap((result) => result.packages ?? [])) {
    const key = packageKey({ ...named, type: named.ecosystem ?? '' });
    packages.add(key);
    for (const { id } of vulnerabilities) findings.add(`${key} ${id}`);
  }
  return { packages: packages.size, findings: findings.size };
}

function syft({ artifacts }: Syft): Counts {
  return { packages: new Set(artifacts.filter(({ type }) => type !== undefined).map(packageKey)).size };
}

const COUNTERS: Readonly<Record<string, (text: string) => Counts>> = {
  vedette: (text) => vedette(JSON.parse(text)),
  trivy: (text) => trivy(JSON.parse(text)),
  grype: (text) => grype(JSON.parse(text)),
  'osv-scanner': (text) => osvScanner(JSON.parse(text)),
  syft: (text) => syft(JSON.parse(text)),
};

/** Counts the packages and findings of a tool's JSON report; throws when the file is not such a report. */
export function countsOf(tool: string, file: string): Counts {
  return COUNTERS[tool]?.(readFileSync(file, 'utf8')) ?? {};
}
