import { fail, incomplete, type Result } from '../../model/problem.ts';
import type { Limits } from '../file.ts';
import type { OpenedImage } from './local.ts';
import type { Platform } from './manifest.ts';
export interface RegistryOptions {
  readonly insecure?: boolean;
}
export async function openRegistryImage(
  target: string,
  _o: RegistryOptions & { limits: Limits; platform?: Platform; workspace: string; signal?: AbortSignal },
): Promise<Result<OpenedImage>> {
  return fail(incomplete('target-missing', target));
}
