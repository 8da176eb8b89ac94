import type { Transferable } from 'node:worker_threads';
import type { PlainError } from './error-codec.ts';

/** Calls by name: argument and result. */
export type CallMap = Record<string, { argument: unknown; result: unknown }>;

/** From a caller to whoever answers. `cancel` gives a call up: its answer is not waited for. */
export type CallMessage =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** From whoever answers to the caller. */
export type AnswerMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PlainError };

/** A MessagePort, a Worker, or the parent's port: calls can go both ways over the same one. */
export interface CallPort {
  postMessage(message: CallMessage | AnswerMessage, transfer?: Transferable[]): void;
  on(event: 'message', listener: (message: CallMessage | AnswerMessage) => void): unknown;
}
