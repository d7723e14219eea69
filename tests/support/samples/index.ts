/** All samples. */
import { JAVA_AND_PYTHON_SAMPLES } from './java-python.ts';
import { JAVASCRIPT_SAMPLES } from './javascript.ts';
import { LANGUAGE_SAMPLES } from './languages.ts';
import { PROGRAM_SAMPLES } from './programs.ts';
import type { Sample } from './sample.ts';
import { SYSTEM_SAMPLES } from './system.ts';

export type { Sample } from './sample.ts';

export const SAMPLES: readonly Sample[] = [
  ...SYSTEM_SAMPLES,
  ...PROGRAM_SAMPLES,
  ...JAVASCRIPT_SAMPLES,
  ...JAVA_AND_PYTHON_SAMPLES,
  ...LANGUAGE_SAMPLES,
];
