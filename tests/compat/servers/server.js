// SPDX-License-Identifier: Apache-2.0
// server.js DIRECTORY: what people write with Node's http. Prints "NAME PORT" for each, "ready", and
// ends with its standard input.
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');

const directory = process.argv[2];

// How each finds the file that a request names.
const readers = {
    'node-url': (text) => decodeURIComponent(new URL(text, 'http://localhost').pathname),
    'node-join': (text) => decodeURIComponent(text.split('?')[0]),
    'node-twice': (text) => decodeURIComponent(decodeURIComponent(text.split('?')[0])),
    'node-lax': (text) => unescape(text.split('?')[0]).replace(/\\/g, '/').replace(/;[^/]*/g, '')
        .normalize('NFKC').replace(/[^\x20-\x7e]/g, '').replace(/[. ]+(?=\/|$)/g, (tail) =>
            tail.trim() === '..' ? '..' : ''),
};

let waiting = Object.keys(readers).length;
for (const [name, read] of Object.entries(readers)) {
    const server = http.createServer((request, response) => {
        try {
            response.end(fs.readFileSync(path.join(directory, path.join('/', read(request.url)))));
        } catch (error) {
            response.statusCode = 404;
            response.end();
        }
    });
    server.listen(0, '127.0.0.1', () => {
        console.log(name, server.address().port);
        if (--waiting === 0) console.log('ready');
    });
}
process.stdin.on('data', () => {});
process.stdin.on('end', () => process.exit(0));
