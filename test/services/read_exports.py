"""Reads exported timelines by OpenTimelineIO's own library and adapters, and says as JSON what is in them.

  read_exports.py otio FILE RESAVED   reads, and writes again what was read
  read_exports.py fcp_xml|fcpx_xml FILE
  read_exports.py cmx_3600 FILE RATE
  read_exports.py walk FILE RATE      where everything of an FCPXML lies, in frames: the adapter reads none of its nested storylines
  read_exports.py valid FILE DTD      validates XML
"""

import json
import sys
from fractions import Fraction

import opentimelineio as otio
from lxml import etree


def describe_time(time):
    return {"value": time.value, "rate": time.rate}


def describe_item(item):
    described = {"schema": item.schema_name(), "name": item.name}
    if isinstance(item, otio.schema.Transition):
        described["in"] = describe_time(item.in_offset)
        described["out"] = describe_time(item.out_offset)
        return described
    span = item.trimmed_range()
    described["start"] = describe_time(span.start_time)
    described["duration"] = describe_time(span.duration)
    described["at"] = item.range_in_parent().start_time.value
    if isinstance(item, otio.schema.Clip):
        media = item.media_reference
        described["media"] = media.schema_name()
        described["url"] = getattr(media, "target_url", None)
        described["effects"] = [effect.schema_name() for effect in item.effects]
        described["speed"] = [
            effect.time_scalar for effect in item.effects if hasattr(effect, "time_scalar")
        ]
    return described


def describe(timeline):
    return {
        "name": timeline.name,
        "markers": [
            {
                "name": marker.name,
                "start": describe_time(marker.marked_range.start_time),
                "duration": describe_time(marker.marked_range.duration),
            }
            for marker in timeline.tracks.markers
        ],
        "tracks": [
            {
                "name": track.name,
                "kind": track.kind,
                "duration": describe_time(track.duration()),
                "items": [describe_item(item) for item in track],
            }
            for track in timeline.tracks
        ],
    }


def first_timeline(thing):
    if isinstance(thing, otio.schema.SerializableCollection):
        return first_timeline(thing[0])
    return thing


def seconds(text):
    return Fraction(text.removesuffix("s")) if text else Fraction(0)


def walk(path, rate):
    """Times as Final Cut Pro counts them: an offset is in the time of the parent, which begins at its start."""
    root = etree.parse(path).getroot()
    sources = {
        one.get("id"): one.find("media-rep").get("src") if one.tag == "asset" else one.get("name")
        for one in root.find("resources")
        if one.tag != "format"
    }
    found = []

    def frames(time):
        count = time * rate
        return count.numerator if count.denominator == 1 else str(count)

    def visit(parent, base, lane):
        for one in parent:
            if one.tag not in ("asset-clip", "video", "title", "caption", "gap", "transition", "spine"):
                continue
            at = base + seconds(one.get("offset"))
            on = one.get("lane", lane)
            if one.tag == "spine":
                visit(one, at, on)
                continue
            points = [
                (seconds(point.get("time")), seconds(point.get("value")))
                for point in one.findall("timeMap/timept")
            ]
            speed = points[1][1] / points[1][0] if points else Fraction(1)
            found.append(
                {
                    "tag": one.tag,
                    "lane": int(on),
                    "source": sources.get(one.get("ref")),
                    "use": one.get("srcEnable", "all"),
                    "at": frames(at),
                    "duration": frames(seconds(one.get("duration"))),
                    "start": frames(seconds(one.get("start")) * speed),
                    "speed": float(speed),
                    "text": "".join(one.itertext()).strip() if one.tag in ("caption", "title") else None,
                }
            )
            visit(one, at - seconds(one.get("start")), on)

    visit(root.find(".//sequence/spine"), Fraction(0), "0")
    return found


def main(kind, path, *rest):
    if kind == "walk":
        return walk(path, Fraction(rest[0]))
    if kind == "valid":
        document = etree.parse(path, etree.XMLParser(no_network=True, resolve_entities=False))
        with open(rest[0], encoding="utf-8") as file:
            schema = etree.DTD(file)
        schema.validate(document)
        return [str(error) for error in schema.error_log]
    if kind == "otio":
        timeline = otio.adapters.read_from_file(path)
        otio.adapters.write_to_file(timeline, rest[0])
        return describe(timeline)
    options = {"rate": float(rest[0])} if kind == "cmx_3600" else {}
    return describe(first_timeline(otio.adapters.read_from_file(path, adapter_name=kind, **options)))


print(json.dumps(main(*sys.argv[1:])))
