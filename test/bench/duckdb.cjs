/*
 * duckdb.cjs FILE load: the events from CSV on standard input into FILE.
 * duckdb.cjs FILE: answers queries the way `psql -At` with \timing does: each
 * ends with a line "\echo WORD", after which come its rows, the time it took
 * and WORD.
 */
const { DuckDBInstance } = require('@duckdb/node-api');
const readline = require('readline');

async function load(connection) {
	await connection.run(`CREATE TABLE events AS FROM read_csv('/dev/stdin', header = false,
		columns = {customer_id: 'BIGINT', touchpoint: 'VARCHAR', occurred_on: 'DATE'})`);
	await connection.run('CHECKPOINT');
}

async function answer(connection) {
	let query = '';
	for await (const line of readline.createInterface({ input: process.stdin })) {
		if (!line.startsWith('\\echo ')) {
			query += line + '\n';
			continue;
		}
		const start = process.hrtime.bigint();
		const result = await connection.runAndReadAll(query);
		const ms = Number(process.hrtime.bigint() - start) / 1e6;
		for (const row of result.getRows())
			console.log(row.join(' | '));
		console.log(`Time: ${ms.toFixed(3)} ms`);
		console.log(line.slice('\\echo '.length));
		query = '';
	}
}

(async () => {
	const instance = await DuckDBInstance.create(process.argv[2]);
	const connection = await instance.connect();
	await (process.argv[3] === 'load' ? load : answer)(connection);
	connection.closeSync();
})();
