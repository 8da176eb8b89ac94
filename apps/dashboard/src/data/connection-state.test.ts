import { describe, expect, it } from 'vitest';
import { type ConnectionState, nextConnectionState } from './connection-state.ts';

const lost = (atMs: number) => ({ kind: 'lost', atMs, reason: 'gone' }) as const;
const message = (atMs: number) => ({ kind: 'message', atMs }) as const;

describe('the state of the connection', () => {
  it('remembers since when the data on the page stands still', () => {
    let state: ConnectionState = { phase: 'connecting', sinceMs: 0 };
    state = nextConnectionState(state, message(10));
    state = nextConnectionState(state, message(20));
    expect(state).toEqual({ phase: 'live', sinceMs: 10 });
    state = nextConnectionState(state, lost(30));
    state = nextConnectionState(state, lost(40));
    expect(state).toEqual({ phase: 'reconnecting', sinceMs: 30, attempts: 2, reason: 'gone' });
    expect(nextConnectionState(state, message(50))).toEqual({ phase: 'live', sinceMs: 50 });
  });

  it('says when the platform was never reached', () => {
    const state = nextConnectionState({ phase: 'connecting', sinceMs: 5 }, lost(10));
    expect(state).toEqual({ phase: 'failed', sinceMs: 5, attempts: 1, reason: 'gone' });
  });
});
