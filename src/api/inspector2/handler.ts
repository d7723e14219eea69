/** Types of handlers, from the SDK's commands: a handler takes and gives what the real client sends and gets. */
import type * as sdk from '@aws-sdk/client-inspector2';
import type { RequestContext } from '../context.ts';
import type { EncodedOutput } from '../protocol/model.ts';

type Sdk = typeof sdk;

/** `Enable`, `ListFindings` … */
export type OperationName = {
  [Key in keyof Sdk]: Key extends `${infer Name}Command` ? (Name extends '$' ? never : Name) : never;
}[keyof Sdk];

type CommandOf<Name extends OperationName> = `${Name}Command` extends keyof Sdk
  ? Sdk[`${Name}Command`] extends new (
      ...parameters: never[]
    ) => infer Command
    ? Command
    : never
  : never;

export type Input<Name extends OperationName> = CommandOf<Name> extends { readonly input: infer Given } ? Given : never;

export type Output<Name extends OperationName> =
  CommandOf<Name> extends {
    resolveMiddleware(...parameters: never[]): (...parameters: never[]) => Promise<{ output: infer Given }>;
  }
    ? Omit<Given, '$metadata'>
    : never;

/** Answers one operation; refuses by throwing an ApiError that the operation's model knows. */
export type Handler<Name extends OperationName> = (
  input: Input<Name>,
  context: RequestContext,
) => Promise<Output<Name> | EncodedOutput>;

/** Handlers of some operations: what each file of a group exports. */
export type Handlers<Names extends OperationName> = { readonly [Name in Names]: Handler<Name> };

/** An operation that is not part of Vedette (yet): its modelled error and what it says. */
export interface NotEnabled {
  readonly notEnabled: string;
}

/** The registry: every operation has an entry. */
export type Operations = { readonly [Name in OperationName]: Handler<Name> | NotEnabled };
