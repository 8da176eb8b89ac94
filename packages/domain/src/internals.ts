/** What tests and tools of the platform take apart. */
export { EXCEPTION_KINDS, ExceptionLog, MAX_EXCEPTIONS } from './state/exception-log.ts';
export {
  type BatchStamp,
  deduplicateBatch,
  MAX_SESSIONS,
  newSession,
  type Session,
  SessionTable,
} from './state/session-table.ts';
