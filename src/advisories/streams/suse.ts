/**
 * SUSE's products. A service pack is one code base: the server, the desktop and its modules (Basesystem, Containers, Web and
 * Scripting …) share their packages, so they are one stream, `suse/15.6`, and a system needs no list of its modules. What only some
 * customers get after a service pack's general support is a channel (`suse/15.3/ltss`).
 */
import type { OperatingSystem } from '../../model/package.ts';
import type { StreamChoice } from './model.ts';

/** Products that bring the packages of the service pack they are named after. */
const SERVICE_PACK_PRODUCT =
  /^(?:Linux Enterprise (?:Server|Desktop|Software Development Kit|Workstation Extension|High Availability Extension|High Availability|Live Patching|Real Time|Real Time Extension|Point of Sale|Point of Service|Module for [A-Za-z0-9 .,&+-]{1,60}?)|Package Hub|Linux Enterprise Module for [A-Za-z0-9 ]{1,60}?) (\d{1,2}(?:\.\d)?)(?: SP(\d))?$/;

/** Products whose fixes reach only those who have them, and their channel. */
const CHANNEL_PRODUCTS: readonly (readonly [pattern: RegExp, channel: string])[] = [
  [/^Linux Enterprise Server LTSS Extended Security (\d{1,2})(?: SP(\d))?$/, 'ltss-extended-security'],
  [/^Linux Enterprise Server (\d{1,2})(?: SP(\d))?[- ]LTSS(?: EXTREME CORE)?$/, 'ltss'],
  [/^Linux Enterprise Server (\d{1,2})(?: SP(\d))?[- ](?:BCL|TERADATA|CLIENT-TOOLS|CLIENT-TOOLS-BETA)$/, 'special'],
  [/^Linux Enterprise Server ESPOS (\d{1,2})(?: SP(\d))?$|^Linux Enterprise Server (\d{1,2})(?: SP(\d))?-ESPOS$/, 'espos'],
  [/^Linux Enterprise Server for SAP Applications (\d{1,2}(?:\.\d)?)(?: SP(\d))?$/, 'sap'],
  [/^Linux Enterprise High Performance Computing (\d{1,2})(?: SP(\d))?(?:-LTSS|-ESPOS| LTSS| ESPOS)?$/, 'hpc'],
];

function release(major: string, servicePack: string | undefined): string {
  return servicePack === undefined ? major : `${major}.${servicePack}`;
}

/** Stream of an OSV ecosystem of SUSE's; undefined for products that are no operating system (Manager, Storage, OpenStack …). */
export function suseStream(ecosystem: string): string | undefined {
  const [vendor, product = ''] = [ecosystem.slice(0, ecosystem.indexOf(':')), ecosystem.slice(ecosystem.indexOf(':') + 1)];
  if (vendor === 'openSUSE') {
    const found = /^(Leap|Leap Micro) (\d{1,2}\.\d)(?: NonFree)?$/.exec(product);
    if (found) return `opensuse/${found[1] === 'Leap' ? 'leap' : 'leap-micro'}-${found[2]}`;
    return product === 'Tumbleweed' ? 'opensuse/tumbleweed' : undefined;
  }
  const micro = /^(?:Linux Enterprise Micro|Linux Micro)(?: for Rancher)? (\d\.\d)$/.exec(product)?.[1];
  if (micro !== undefined) return `suse/micro-${micro}`;
  for (const [pattern, channel] of CHANNEL_PRODUCTS) {
    const [, major, servicePack, otherMajor, otherServicePack] = pattern.exec(product) ?? [];
    const known = major ?? otherMajor;
    if (known !== undefined) return `suse/${release(known, servicePack ?? otherServicePack)}/${channel}`;
  }
  const [, major, servicePack] = SERVICE_PACK_PRODUCT.exec(product) ?? [];
  return major === undefined ? undefined : `suse/${release(major, servicePack)}`;
}

/** `15.6` of `15.6`, `15-SP6`, `15 SP6`; `15` of the first release, `15.0` included. */
export function suseRelease(versionId: string): string {
  const [, major = '', servicePack] = /^(\d{1,2})(?:(?:\.|-SP| SP)(\d{1,2}))?/i.exec(versionId) ?? [];
  return servicePack === undefined || (servicePack === '0' && Number(major) < 16) ? major : `${major}.${servicePack}`;
}

const EDITIONS: readonly { readonly ids: readonly string[]; readonly channel: string }[] = [
  { ids: ['sles_sap', 'sles-sap'], channel: 'sap' },
  { ids: ['sle_hpc', 'sle-hpc'], channel: 'hpc' },
];

/** Streams of an installed SUSE Linux Enterprise. Editions with longer support get what is published for them as a matter of course. */
export function suseStreams(os: OperatingSystem, installed: string): readonly StreamChoice[] {
  const [major = ''] = installed.split('.', 1);
  const base: StreamChoice[] = [{ stream: `suse/${installed}`, role: 'base' }];
  // Modules of SLES 12 (Public Cloud, Toolchain, Web and Scripting …) are of the major release, whatever the service pack.
  if (major === '12' && installed !== '12') base.push({ stream: 'suse/12', role: 'base' });
  for (const { ids, channel } of EDITIONS) {
    if (ids.includes(os.id)) base.push({ stream: `suse/${installed}/${channel}`, role: 'base' });
  }
  return [...base, { stream: `suse/${installed}/ltss`, role: 'channel', channel: `SUSE Linux Enterprise ${installed} LTSS` }];
}
