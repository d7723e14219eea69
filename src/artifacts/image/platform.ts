/** Choosing one image of a multi-platform index. */
import { arch } from 'node:os';
import { fail, incomplete, notice, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Descriptor, Platform } from './manifest.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** `os/architecture[/variant]`, or an architecture alone (of Linux). */
export function parsePlatform(text: string): Result<Platform> {
  const parts = text.toLowerCase().split('/');
  const [os, architecture, variant] = parts.length === 1 ? ['linux', parts[0]] : parts;
  if (!os || !architecture || parts.length > 3 || !/^[a-z0-9_./-]+$/.test(text.toLowerCase())) {
    return fail(
      incomplete('platform-invalid', `“${text.slice(0, 80)}” is not a platform; write it like linux/amd64 or linux/arm/v7.`),
    );
  }
  return ok(variant === undefined ? { os, architecture } : { os, architecture, variant });
}

/** What this machine would run. */
function hostPlatform(): Platform {
  return { os: 'linux', architecture: ARCHITECTURES[arch()] ?? arch() };
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

function fits(wanted: Platform, offered: Platform | undefined): boolean {
  if (offered === undefined || offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  // arm64 is v8 whether said or not.
  const usual = (variant: string | undefined): string => variant ?? (wanted.architecture === 'arm64' ? 'v8' : '');
  return wanted.variant === undefined || usual(offered.variant) === usual(wanted.variant);
}

export interface Choice {
  readonly descriptor: Descriptor;
  readonly problem?: Problem;
}

/** The image for the platform that was asked for; unasked, this machine's, else linux/amd64, else the first, which is told. */
export function choosePlatform(manifests: readonly Descriptor[], asked: Platform | undefined, name: string): Result<Choice> {
  const images = manifests.filter((descriptor) => !descriptor.attachment);
  const offers = images.map((descriptor) => (descriptor.platform ? platformText(descriptor.platform) : 'unnamed'));
  const [only] = images;
  if (only === undefined) return fail(incomplete('image-empty', `${name} is an index without images.`));
  if (asked !== undefined) {
    const found = images.find(({ platform }) => fits(asked, platform));
    if (found !== undefined) return ok({ descriptor: found });
    // Without a platform the configuration says what it is: the caller compares.
    if (images.length === 1 && only.platform === undefined) return ok({ descriptor: only });
    const message = `${name} has no image for ${platformText(asked)}; it has ${offers.slice(0, 20).join(', ')}.`;
    return fail(incomplete('platform-not-found', message));
  }
  if (images.length === 1) return ok({ descriptor: only });
  for (const wanted of [hostPlatform(), { os: 'linux', architecture: 'amd64' }]) {
    const found = images.find(({ platform }) => fits(wanted, platform));
    if (found !== undefined) return ok({ descriptor: found });
  }
  const message = `${name} has images for ${offers.slice(0, 20).join(', ')}; the first was taken. Choose with --platform.`;
  return ok({ descriptor: only, problem: notice('platform-chosen', message) });
}
