/** Queues, brokers and schedulers. */
import type { LibraryTable } from './library.js';

export const queues: LibraryTable = {
  bullmq: {
    noun: 'a BullMQ queue',
    ends: 'await queue.close()',
    of: {
      Worker: { noun: 'a BullMQ worker', ends: 'await worker.close()' },
      QueueEvents: { noun: "a queue's events", ends: 'await queueEvents.close()' },
      FlowProducer: { noun: 'a flow producer', ends: 'await flowProducer.close()' },
    },
  },
  bull: { noun: 'a Bull queue', ends: 'await queue.close()' },
  'bee-queue': { noun: 'a Bee-Queue queue', ends: 'await queue.close()' },
  'pg-boss': { ends: 'await boss.stop()' },
  'graphile-worker': {
    noun: 'a Graphile Worker runner',
    ends: 'await runner.stop()',
    of: {
      makeWorkerUtils: { noun: 'the utilities of Graphile Worker', ends: 'await workerUtils.release()' },
    },
  },
};
