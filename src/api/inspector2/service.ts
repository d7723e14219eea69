/** The Inspector v2 API as the SDK's schemas describe it: operations with their HTTP bindings, and the form of their JSON. */

import * as sdk from '@aws-sdk/client-inspector2';
import { JsonShapeDeserializer2, JsonShapeSerializer2 } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { DocumentType, StaticOperationSchema } from '@smithy/types';
import type { Bindings, Model, Operation, Service } from '../protocol/model.ts';
import constraints from './constraints.json' with { type: 'json' };
import { NEWER_OPERATIONS, withNewer } from './newer.ts';

/** Smithy's number for schemas of operations, and for timestamps in seconds. */
const OPERATION = 9;
const EPOCH_SECONDS = 7;

const settings = { timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, httpBindings: true, jsonName: true } as const;
const decoder = new JsonShapeDeserializer2(settings);

function isOperation(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === OPERATION;
}

function bindingsOf(input: NormalizedSchema): Bindings {
  const labels: string[] = [];
  const query: Record<string, string> = {};
  for (const [name, member] of input.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) labels.push(name);
    else if (traits.httpQuery) query[name] = traits.httpQuery;
  }
  return { labels, query };
}

function operationOf(schema: StaticOperationSchema, model: Model): Operation {
  const name = schema[2];
  const traits = NormalizedSchema.of(schema).getMergedTraits();
  const [method = '', path = '', status = 200] = traits.http ?? [];
  const input = NormalizedSchema.of(schema[4]);
  const output = NormalizedSchema.of(schema[5]);
  const shapes = model.operations[name];
  if (shapes === undefined) throw new Error(`constraints.json has no operation ${name}: generate it again`);
  return {
    name,
    method,
    path,
    status,
    shapes,
    bindings: bindingsOf(input),
    decode: (document) => decoder.readObject(input, document as DocumentType),
    encode(value) {
      const encoder = new JsonShapeSerializer2(settings);
      encoder.write(output, value);
      const bytes = encoder.flush();
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  };
}

const model = withNewer(constraints);

/** What is signed as `inspector2`. */
export const INSPECTOR2: Service = {
  signingName: 'inspector2',
  model,
  bodyLimit: 2 ** 20,
  operations: [
    ...Object.values(sdk)
      .filter(isOperation)
      .map((schema) => operationOf(schema, model)),
    ...NEWER_OPERATIONS,
  ],
};
