/** The native API, under /api/v1. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../engine/engine.ts';
import type { Registries } from '../../engine/registry/index.ts';
import type { NativeApi } from '../native.ts';
import { addInventories } from './inventories.ts';
import { addRegistries } from './registries.ts';
import { addResources } from './resources.ts';
import { addTriage } from './triage.ts';

export interface NativeServices {
  readonly engine: Engine;
  readonly registries: Registries;
}

/** Adds every route. */
export function addNativeRoutes(app: FastifyInstance, api: NativeApi, { engine, registries }: NativeServices): void {
  addInventories(app, api, engine);
  addRegistries(app, api, registries);
  addResources(app, api, engine);
  addTriage(app, api);
}
