/** Servers, their frameworks, and what builds and serves for development. */
import type { LibraryTable } from './library.js';

export const servers: LibraryTable = {
  express: { noun: 'an Express server', ends: 'server.close(), on what app.listen() returned' },
  ws: {
    noun: 'a WebSocket',
    ends: 'ws.close()',
    of: {
      WebSocketServer: {
        noun: 'a WebSocket server',
        ends: 'wss.close(), and client.terminate() for each of wss.clients',
      },
    },
  },
  vite: { noun: 'a Vite server', ends: 'await server.close()' },
  webpack: { noun: 'a watching webpack compiler', ends: 'watching.close(), and await its callback' },
  rollup: { noun: 'a Rollup watcher', ends: 'await watcher.close()' },
  '@grpc/grpc-js': {
    noun: 'a gRPC call',
    ends: 'call.cancel(), or await its answer',
    of: { bindAsync: { noun: 'a gRPC server', ends: 'server.forceShutdown()' } },
  },
  'socket.io': { noun: 'a Socket.IO server', ends: 'await io.close()' },
  supertest: { opens: ['end'], noun: 'a request of supertest', ends: 'await request(app).get(…)' },
  nock: { noun: 'a delayed answer of nock', ends: 'nock.abortPendingRequests()' },
  msw: { noun: 'a delayed answer of msw', ends: 'await fetch(…), whose answer it delays' },
  '@nestjs/core': {
    noun: 'a Nest application',
    ends: 'await app.close()',
    // Not the whole scope: @nestjs/microservices has clients of its own.
    family: [
      '@nestjs/common',
      '@nestjs/platform-express',
      '@nestjs/platform-fastify',
      '@nestjs/schedule',
      '@nestjs/testing',
    ],
  },
  '@nestjs/microservices': {
    noun: 'a Nest client',
    ends: 'client.close()',
    of: { listen: { noun: 'a Nest microservice', ends: 'await app.close()' } },
  },
  koa: { noun: 'a Koa server', ends: 'server.close(), on what app.listen() returned' },
  'graphql-ws': { noun: 'a graphql-ws client', ends: 'await client.dispose()' },
  fastify: { noun: 'a Fastify server', ends: 'await app.close()', family: ['avvio'] },
  '@hono/node-server': { noun: 'a Hono server', ends: 'server.close(), on what serve() returned' },
  '@apollo/server': { noun: 'an Apollo server', ends: 'await server.stop()' },
  '@hapi/hapi': { noun: 'a hapi server', ends: 'await server.stop()', family: ['@hapi/catbox'] },
  'smtp-server': { noun: 'an SMTP server', ends: 'server.close()' },
  mockttp: { noun: 'a mockttp server', ends: 'await server.stop()' },
  moleculer: { noun: 'a Moleculer broker', ends: 'await broker.stop()' },
};
