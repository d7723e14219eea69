/** The native API, under /api/v1. */
import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../engine/engine.ts';
import type { NativeApi } from '../native.ts';
import { addInventories } from './inventories.ts';

export interface NativeServices {
  readonly engine: Engine;
}

/** Adds every route. */
export function addNativeRoutes(app: FastifyInstance, api: NativeApi, { engine }: NativeServices): void {
  addInventories(app, api, engine);
}
