"""A user of the JSON-RPC server, as the web client is one"""
import base64
import gzip
import json
import time
from collections import defaultdict
from http.client import HTTPConnection
from statistics import quantiles
from threading import Lock

# How long an answer may take, s
PATIENCE = 300
GZIP = b'\x1f\x8b'


class Refused(Exception):
    "An error that the server has told the user"


class Times:
    "How long the calls of all the users have taken, by name"

    def __init__(self):
        self.seconds = defaultdict(list)
        self.lock = Lock()

    def add(self, name, seconds):
        with self.lock:
            self.seconds[name].append(seconds)

    def quantiles(self):
        "Return by name how many calls there were and 50, 90, 99 % of them, s"
        return {
            name: [len(seconds), *get_quantiles(seconds)]
            for name, seconds in self.seconds.items()}


def get_quantiles(seconds):
    if len(seconds) == 1:
        return seconds * 3
    cuts = quantiles(seconds, n=100, method='inclusive')
    return [cuts[n - 1] for n in [50, 90, 99]]


class Client:

    def __init__(self, address, database, times):
        self.address = address
        self.path = f'/{database}/rpc/'
        self.times = times
        # Of what is not compressed the server sends each number by itself
        self.headers = {
            'Content-Type': 'application/json', 'Accept-Encoding': 'gzip'}
        self.context = {}

    def log_in(self, login, password):
        user, session, _ = self.call(
            'log in', 'common.db.login', login, {'password': password}, 'en')
        token = base64.b64encode(f'{login}:{user}:{session}'.encode())
        self.headers['Authorization'] = f'Session {token.decode()}'
        self.context = self.call(
            'log in', 'model.res.user.get_preferences', True)

    def call(self, name, method, *params):
        """
        Call the method and return its result, as it was sent.

        The time is kept under the name. Refused is raised if the user is told
        an error.
        """
        if self.context or not method.startswith('common.'):
            params += (self.context,)
        started = time.monotonic()
        status, answer = self.post(json.dumps(
                {'id': 0, 'method': method, 'params': params}))
        self.times.add(name, time.monotonic() - started)
        if status != 200:
            raise Refused(f'{method}: {status} {answer[:200]}')
        answer = json.loads(answer)
        if 'error' in answer:
            raise Refused(f"{method}: {answer['error']}")
        return answer['result']

    def post(self, body):
        connection = HTTPConnection(*self.address, timeout=PATIENCE)
        try:
            connection.request('POST', self.path, body, self.headers)
            response = connection.getresponse()
            body = response.read()
            if body.startswith(GZIP):
                body = gzip.decompress(body)
            return response.status, body
        finally:
            connection.close()


class Sheet:
    """
    The order sheet of a buyer, from its opening to the order.

    think is called before each thing the buyer does, opened is the name of
    the time of the opening.
    """

    def __init__(self, client, think, opened='open'):
        self.client = client
        self.think = think
        self.session, state, _ = self.call(opened, 'create')
        self.form, self.values = None, {}
        self.execute(opened, state)

    def call(self, name, method, *params):
        return self.client.call(
            name, f'wizard.shortcircuit.order.{method}', *params)

    def execute(self, name, state):
        "Push a button of the form that is shown"
        data = {self.form: self.get_values()} if self.form else {}
        result = self.call(name, 'execute', self.session, data, state)
        if view := result.get('view'):
            self.form = view['state']
            self.values = view['defaults'] | view['values']

    def get_values(self):
        values = {k: v for k, v in self.values.items() if '.' not in k}
        if 'lines' in values:
            # What has not changed of a line is not sent
            values['lines'] = [
                {'id': l['id']} | l.get('typed', {}) for l in values['lines']]
        return values | {'id': -1}

    def type(self, quantities):
        "Type quantities by product, one after the other"
        for line in self.values['lines']:
            if quantity := quantities.get(line['product']):
                line['typed'] = {'quantity': quantity}
                self.think()
                changes = self.client.call(
                    'type', 'model.shortcircuit.order_sheet.on_change_lines',
                    self.get_values())
                changes.pop('lines', None)
                self.values.update(changes)

    def order(self):
        "Save the sheet and confirm, return what the buyer is told he orders"
        self.think()
        self.execute('save', 'save')
        self.think()
        self.execute('review', 'review')
        told = self.values
        self.think()
        self.execute('confirm', 'order')
        self.call('confirm', 'delete', self.session)
        return told
