/** Clients of HTTP and of services on the web. */
import type { LibraryTable } from './library.js';

export const clients: LibraryTable = {
  'node-fetch': {
    asks: true,
    noun: 'a request of node-fetch',
    ends: 'response.body.destroy(), or abort it by its signal',
  },
  axios: {
    asks: true,
    noun: 'a request of axios',
    ends: 'response.data.destroy(), or abort it by its signal',
  },
  undici: {
    asks: true,
    noun: 'a request of undici',
    ends: 'body.destroy(), or abort it by its signal',
    of: {
      fetch: { noun: 'a request of undici', ends: 'await response.body.cancel(), or abort it by its signal' },
    },
  },
  // All clients of the scope, for they speak through the same core.
  '@aws-sdk': {
    asks: true,
    noun: 'an AWS client',
    ends: 'client.destroy(), or read the body',
    family: ['@aws-sdk/*', '@smithy/*'],
  },
  got: { asks: true, noun: 'a request of got', ends: 'stream.destroy(), or abort it by its signal' },
  eventsource: { noun: 'an event source', ends: 'source.close()' },
  'socket.io-client': { noun: 'a Socket.IO client', ends: 'socket.disconnect()' },
  nodemailer: { noun: 'a nodemailer pool', ends: 'transporter.close()' },
  '@google-cloud/pubsub': { noun: 'a Pub/Sub subscription', ends: 'await subscription.close()' },
  ssh2: {
    noun: 'an SSH connection',
    ends: 'conn.end()',
    of: { listen: { noun: 'an SSH server', ends: 'server.close()' } },
  },
  'launchdarkly-node-server-sdk': { noun: 'a LaunchDarkly client', ends: 'client.close()' },
  ldapjs: {
    noun: 'an LDAP client',
    ends: 'client.unbind()',
    of: { listen: { noun: 'an LDAP server', ends: 'server.close()' } },
  },
  'unleash-client': { noun: 'an Unleash client', ends: 'unleash.destroy()' },
};
