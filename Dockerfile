# One image for web, worker, beat and the PDF worker; compose says which of them a container is.

FROM node:24-bookworm-slim AS front-end
WORKDIR /build
COPY package.json package-lock.json esbuild.mjs ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY static ./static
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.txt

FROM python:3.11-slim-bookworm
# WeasyPrint's two libraries; everything else comes in wheels.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mdmaat
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py ./
COPY accounts ./accounts
COPY patients ./patients
COPY screening ./screening
COPY sessions ./sessions
COPY integration ./integration
COPY reminders ./reminders
COPY reports ./reports
COPY mdmaat ./mdmaat
COPY templates ./templates
COPY static ./static
COPY --from=front-end /build/static/dist ./static/dist
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=mdmaat.settings
# Collecting the static files reads settings but no secret and no server; nothing of this line stays in the image.
RUN SECRET_KEY=only-while-the-image-is-built ALLOWED_HOSTS=localhost EMAIL_URL=console: MAIL_FROM=nobody@localhost \
    DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput -v 0
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "--config", "python:mdmaat.serving", "mdmaat.wsgi"]
