import type { ScalingDecision, ScalingStatus } from '../api/index.ts';
import type { ScalingAnswer, ScalingDecider } from '../controller/scaling-port.ts';
import { decideScaling, NO_MEMORY, type ScalingMemory, type ScalingVerdict } from './decide-scaling.ts';
import { explainScaling } from './explain-scaling.ts';
import { loadSample } from './load-sample.ts';

/** Time between two samples, in ms: looks at shards come more often. */
const SAMPLE_MS = 15_000;
const KEPT_DECISIONS = 5;

interface Kept {
  memory: ScalingMemory;
  sampledMs: number;
  answer: ScalingAnswer | undefined;
  reason: string;
  decisions: readonly ScalingDecision[];
}

/** Decides by load and lag, one sample every 15 s. In DryRun and Off the answer is what Auto would do. */
export function createScalingDecider(): ScalingDecider {
  const clusters = new Map<string, Kept>();
  return {
    decide({ key, sample: { nowMs, reports }, policy, partitions, shards, targetShards, blockedBy, decisions }) {
      const kept = clusters.get(key) ?? {
        memory: NO_MEMORY,
        sampledMs: Number.NEGATIVE_INFINITY,
        answer: undefined,
        reason: '',
        decisions,
      };
      clusters.set(key, kept);
      if (kept.answer !== undefined && nowMs - kept.sampledMs < SAMPLE_MS) {
        return { ...kept.answer, targetShards, event: undefined, rebalance: false };
      }
      kept.sampledMs = nowMs;
      const sample = loadSample(reports.values(), { atMs: nowMs, asked: shards });
      const { verdict, memory } = decideScaling(kept.memory, {
        nowMs,
        sample,
        policy,
        partitions,
        targetShards,
        blockedBy,
      });
      kept.memory = memory;
      const sentences = explainScaling(verdict, { policy, fromShards: targetShards, blockedBy });
      const { action, reason } = verdict;
      const news = action !== 'None' || reason !== kept.reason;
      if (news) {
        const decision = {
          ...toDecision(verdict, targetShards),
          time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
          message: clip(`${sentences.lagAndLoad} ${sentences.optionsRejected}`),
        };
        kept.decisions = [decision, ...kept.decisions].slice(0, KEPT_DECISIONS);
      }
      kept.reason = reason;
      const prefix =
        policy.mode === 'Auto'
          ? ''
          : `spec.autoscaling.mode is ${policy.mode}, so spec.compute.shards rules. Auto would: `;
      const status: ScalingStatus = {
        ...sentences,
        lagAndLoad: clip(sentences.lagAndLoad),
        capacityNeeded: clip(`${prefix}${sentences.capacityNeeded}`),
        optionsRejected: clip(sentences.optionsRejected),
        wouldChangeIf: clip(sentences.wouldChangeIf),
        decisions: [...kept.decisions],
      };
      const note = `${action === 'None' ? `Stays at ${targetShards}` : action === 'Move' ? 'Moves partitions' : `${targetShards} → ${verdict.targetShards} shards`}: ${sentences.lagAndLoad} ${sentences.capacityNeeded} ${sentences.optionsRejected}`;
      const answer: ScalingAnswer = {
        targetShards: verdict.targetShards,
        rebalance: action === 'Move',
        status,
        event: news && policy.mode !== 'Off' ? { reason, note: `${prefix}${note}` } : undefined,
      };
      kept.answer = answer;
      return answer;
    },
    forget: (key) => void clusters.delete(key),
  };
}

function toDecision(
  { action, reason, targetShards }: ScalingVerdict,
  fromShards: number,
): Pick<ScalingDecision, 'action' | 'reason' | 'fromShards' | 'toShards'> {
  return { action, reason, fromShards, toShards: targetShards };
}

function clip(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
