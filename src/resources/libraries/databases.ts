/** Clients of databases and caches, and what is built on them. */
import type { LibraryTable } from './library.js';

export const databases: LibraryTable = {
  pg: {
    noun: 'a pg pool',
    ends: 'await pool.end()',
    of: { Client: { noun: 'a pg client', ends: 'await client.end()' } },
    family: ['pg-pool', 'pg-native'],
    lends: ['Pool.connect'],
  },
  ioredis: { noun: 'an ioredis client', ends: 'await redis.quit()' },
  mongodb: { noun: 'a MongoDB client', ends: 'await client.close()' },
  redis: {
    noun: 'a redis client',
    ends: 'await client.close()',
    of: { createClientPool: { noun: 'a redis pool', ends: 'await pool.close()' } },
    family: ['@redis/*'],
  },
  mongoose: {
    noun: 'the mongoose connection',
    ends: 'await mongoose.disconnect()',
    of: { createConnection: { noun: 'a mongoose connection', ends: 'await connection.close()' } },
  },
  mysql2: {
    noun: 'a mysql2 pool',
    ends: 'await pool.end()',
    of: { createConnection: { noun: 'a mysql2 connection', ends: 'await connection.end()' } },
  },
  postgres: { noun: 'a postgres client', ends: 'await sql.end()' },
  'drizzle-orm': { noun: 'the client of a Drizzle database', ends: 'await db.$client.end()' },
  knex: { noun: 'a knex instance', ends: 'await knex.destroy()' },
  typeorm: { noun: 'a TypeORM data source', ends: 'await dataSource.destroy()' },
  sequelize: { noun: 'a Sequelize instance', ends: 'await sequelize.close()' },
  kysely: { noun: 'a Kysely instance', ends: 'await db.destroy()' },
  keyv: { noun: 'a Keyv store', ends: 'await keyv.disconnect()', family: ['@keyv/*'] },
  'cache-manager': { noun: 'a cache', ends: 'await cache.disconnect()' },
  tedious: { noun: 'a tedious connection', ends: 'connection.close()' },
  '@elastic/elasticsearch': { noun: 'an Elasticsearch client', ends: 'await client.close()' },
  mssql: { noun: 'an mssql pool', ends: 'await pool.close()' },
  mariadb: {
    noun: 'a mariadb pool',
    ends: 'await pool.end()',
    of: { createConnection: { noun: 'a mariadb connection', ends: 'await connection.end()' } },
  },
  'memory-cache': { noun: 'a memory cache', ends: 'cache.clear()' },
  memcached: { noun: 'a memcached client', ends: 'memcached.end()' },
  'cassandra-driver': { noun: 'a Cassandra client', ends: 'await client.shutdown()' },
  'neo4j-driver': {
    noun: 'a Neo4j driver',
    ends: 'await driver.close()',
    family: ['neo4j-driver-core', 'neo4j-driver-bolt-connection'],
    lends: ['Session.run'],
  },
  'connect-pg-simple': { noun: 'a session store', ends: 'await store.close()' },
};
