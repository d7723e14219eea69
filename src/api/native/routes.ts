/** The native API, under /api/v1. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../engine/engine.ts';
import type { Registries } from '../../engine/registry/index.ts';
import type { Queue } from '../../jobs/index.ts';
import type { Sealer } from '../../store/seal.ts';
import type { NativeApi } from '../native.ts';
import { addInventories } from './inventories.ts';
import { addJobs } from './jobs.ts';
import { addKeys } from './keys.ts';
import { addPackages } from './packages.ts';
import { addRegistries } from './registries.ts';
import { addResources } from './resources.ts';
import { addEstate, addStatus } from './status.ts';
import { addTargets } from './targets.ts';
import { addTriage } from './triage.ts';

export interface NativeServices {
  readonly engine: Engine;
  readonly registries: Registries;
  readonly queue: Queue;
  readonly sealer: Sealer;
}

/** Adds every route. */
export function addNativeRoutes(app: FastifyInstance, api: NativeApi, services: NativeServices): void {
  const { engine, registries, queue, sealer } = services;
  addInventories(app, api, engine);
  addRegistries(app, api, registries);
  addResources(app, api, engine);
  addTriage(app, api);
  addTargets(app, api, sealer);
  addKeys(app, api, sealer);
  addJobs(app, api, queue);
  addStatus(app, api, queue);
  app.register(async (scope) => addPackages(scope, api, engine));
  app.register(async (scope) => addEstate(scope, api, engine));
}
