/** Queues, brokers and schedulers. */
import type { LibraryTable } from './library.js';

/** What Graphile Worker makes to add jobs, which also opens connections when it adds one. */
const utilities = { noun: 'utilities of Graphile Worker', ends: 'await workerUtils.release()' };

export const queues: LibraryTable = {
  rxjs: { noun: 'a subscription of RxJS', ends: 'subscription.unsubscribe()' },
  // Those for a framework hand its clients on.
  '@tanstack/query-core': {
    noun: 'a query client',
    ends: 'queryClient.clear()',
    family: [
      '@tanstack/react-query',
      '@tanstack/preact-query',
      '@tanstack/vue-query',
      '@tanstack/solid-query',
      '@tanstack/svelte-query',
    ],
  },
  'node-cron': { noun: 'a node-cron task', ends: 'task.stop()' },
  cron: { noun: 'a cron job', ends: 'await job.stop()' },
  bottleneck: { noun: 'a Bottleneck limiter', ends: 'await limiter.stop()' },
  'node-schedule': {
    noun: 'a scheduled job',
    ends: 'job.cancel(), or for all jobs await schedule.gracefulShutdown()',
  },
  bullmq: {
    noun: 'a BullMQ queue',
    ends: 'await queue.close()',
    of: {
      Worker: { noun: 'a BullMQ worker', ends: 'await worker.close()' },
      QueueEvents: { noun: 'the events of a BullMQ queue', ends: 'await queueEvents.close()' },
      FlowProducer: { noun: 'a BullMQ flow producer', ends: 'await flowProducer.close()' },
    },
  },
  croner: { noun: 'a Croner job', ends: 'job.stop()' },
  effect: {
    noun: 'a fiber of Effect',
    ends: 'await Effect.runPromise(Fiber.interrupt(fiber))',
    of: { runtime: { noun: 'a runtime of Effect', ends: 'await runtime.dispose()' } },
  },
  amqplib: { noun: 'an AMQP connection', ends: 'await connection.close()' },
  kafkajs: {
    noun: 'a Kafka producer',
    ends: 'await producer.disconnect()',
    of: {
      consumer: { noun: 'a Kafka consumer', ends: 'await consumer.disconnect()' },
      admin: { noun: 'a Kafka admin client', ends: 'await admin.disconnect()' },
    },
  },
  mqtt: {
    noun: 'an MQTT client',
    ends: 'await client.endAsync(), or endAsync(true) of one that never connected',
  },
  bull: { noun: 'a Bull queue', ends: 'await queue.close()' },
  opossum: { noun: 'a call of a circuit breaker', ends: 'await breaker.fire()' },
  'toad-scheduler': { noun: 'a toad-scheduler', ends: 'scheduler.stop()' },
  'amqp-connection-manager': { noun: 'an AMQP connection', ends: 'await connection.close()' },
  nats: { noun: 'a NATS connection', ends: 'await nc.close()' },
  agenda: { ends: 'await agenda.stop(true)' },
  'pg-boss': { ends: 'await boss.stop()' },
  'graphile-worker': {
    noun: 'a Graphile Worker runner',
    ends: 'await runner.stop()',
    of: { makeWorkerUtils: utilities, workerUtils: utilities },
  },
  'bee-queue': { noun: 'a Bee-Queue queue', ends: 'await queue.close()' },
  aedes: { noun: 'an Aedes broker', ends: 'broker.close()' },
};
