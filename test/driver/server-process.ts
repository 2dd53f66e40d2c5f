import { footprint } from './footprint.js';
import { share } from './peers.js';

// A server in a process of its own, for thousand-guests.test.ts: arguments are socket and directory; it says that it
// serves, and then its footprint as often as it is asked.
const [socket, directory] = process.argv.slice(2);
const server = await share(socket, directory);
process.on('message', () => void footprint().then((now) => process.send!(now)));
process.on('disconnect', () => void server.stop());
process.send!('serving');
