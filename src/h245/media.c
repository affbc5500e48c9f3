/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "h245/media.h"

/* The units of bit rates (H.245 annex B.2): 100 bit/s, and 400 bit/s in the MPEG ones. */
static uint32_t of_hundreds(uint32_t rate)
{
	return rate / 10 + (rate % 10 != 0);
}

static uint32_t generic_kbit(const struct h245_generic_capability *g)
{
	return g->has_max_bit_rate ? of_hundreds(g->max_bit_rate) : 0;
}

static uint32_t audio_kbit(const struct h245_audio_capability *a)
{
	switch (a->choice) {
	case H245_AUDIO_CAPABILITY_G711_ALAW64K:
	case H245_AUDIO_CAPABILITY_G711_ULAW64K:
	case H245_AUDIO_CAPABILITY_G722_64K: return 64;
	case H245_AUDIO_CAPABILITY_G711_ALAW56K:
	case H245_AUDIO_CAPABILITY_G711_ULAW56K:
	case H245_AUDIO_CAPABILITY_G722_56K: return 56;
	case H245_AUDIO_CAPABILITY_G722_48K: return 48;
	case H245_AUDIO_CAPABILITY_G7231:
	case H245_AUDIO_CAPABILITY_G7231_ANNEX_C_CAPABILITY: return 7;
	case H245_AUDIO_CAPABILITY_G728: return 16;
	case H245_AUDIO_CAPABILITY_G729:
	case H245_AUDIO_CAPABILITY_G729_ANNEX_A:
	case H245_AUDIO_CAPABILITY_G729W_ANNEX_B:
	case H245_AUDIO_CAPABILITY_G729_ANNEX_AW_ANNEX_B: return 8;
	case H245_AUDIO_CAPABILITY_G729_EXTENSIONS: return 12;
	case H245_AUDIO_CAPABILITY_GSM_FULL_RATE:
	case H245_AUDIO_CAPABILITY_GSM_ENHANCED_FULL_RATE: return 13;
	case H245_AUDIO_CAPABILITY_GSM_HALF_RATE: return 6;
	case H245_AUDIO_CAPABILITY_IS11172_AUDIO_CAPABILITY: return a->u.is11172_audio_capability->bit_rate;
	case H245_AUDIO_CAPABILITY_IS13818_AUDIO_CAPABILITY: return a->u.is13818_audio_capability->bit_rate;
	case H245_AUDIO_CAPABILITY_GENERIC_AUDIO_CAPABILITY: return generic_kbit(a->u.generic_audio_capability);
	default: return 64; /* as much as any of the usual ones */
	}
}

static uint32_t of_four_hundreds(bool said, uint32_t rate)
{
	return said ? of_hundreds(rate > UINT32_MAX / 4 ? UINT32_MAX : rate * 4) : 0;
}

static uint32_t video_kbit(const struct h245_video_capability *v)
{
	switch (v->choice) {
	case H245_VIDEO_CAPABILITY_H261_VIDEO_CAPABILITY: return of_hundreds(v->u.h261_video_capability->max_bit_rate);
	case H245_VIDEO_CAPABILITY_H263_VIDEO_CAPABILITY: return of_hundreds(v->u.h263_video_capability->max_bit_rate);
	case H245_VIDEO_CAPABILITY_H262_VIDEO_CAPABILITY:
		return of_four_hundreds(v->u.h262_video_capability->has_video_bit_rate, v->u.h262_video_capability->video_bit_rate);
	case H245_VIDEO_CAPABILITY_IS11172_VIDEO_CAPABILITY:
		return of_four_hundreds(
			v->u.is11172_video_capability->has_video_bit_rate, v->u.is11172_video_capability->video_bit_rate);
	case H245_VIDEO_CAPABILITY_GENERIC_VIDEO_CAPABILITY: return generic_kbit(v->u.generic_video_capability);
	default: return 0;
	}
}

static void add(struct h245_media_use *use, uint8_t media, uint32_t kbit)
{
	use->media |= media;
	use->kbit = kbit > UINT32_MAX - use->kbit ? UINT32_MAX : use->kbit + kbit;
}

static void add_h235(struct h245_media_use *use, const struct h245_h235_media *m)
{
	switch (m->media_type.choice) {
	case H245_H235_MEDIA_MEDIA_TYPE_AUDIO_DATA:
		add(use, H245_MEDIA_AUDIO, audio_kbit(m->media_type.u.audio_data));
		break;
	case H245_H235_MEDIA_MEDIA_TYPE_VIDEO_DATA:
		add(use, H245_MEDIA_VIDEO, video_kbit(m->media_type.u.video_data));
		break;
	case H245_H235_MEDIA_MEDIA_TYPE_DATA:
		add(use, H245_MEDIA_DATA, of_hundreds(m->media_type.u.data->max_bit_rate));
		break;
	default: add(use, H245_MEDIA_OTHER, 0); break;
	}
}

static void add_type(struct h245_media_use *use, const struct h245_data_type *type)
{
	switch (type->choice) {
	case H245_DATA_TYPE_NULL_DATA: break;
	case H245_DATA_TYPE_AUDIO_DATA: add(use, H245_MEDIA_AUDIO, audio_kbit(type->u.audio_data)); break;
	case H245_DATA_TYPE_VIDEO_DATA: add(use, H245_MEDIA_VIDEO, video_kbit(type->u.video_data)); break;
	case H245_DATA_TYPE_DATA: add(use, H245_MEDIA_DATA, of_hundreds(type->u.data->max_bit_rate)); break;
	case H245_DATA_TYPE_H235_MEDIA: add_h235(use, type->u.h235_media); break;
	default: add(use, H245_MEDIA_OTHER, 0); break;
	}
}

void h245_media_use(struct h245_media_use *out, const struct h245_open_logical_channel *olc)
{
	*out = (struct h245_media_use){ 0 };
	add_type(out, &olc->forward_logical_channel_parameters.data_type);
	if (olc->reverse_logical_channel_parameters != NULL)
		add_type(out, &olc->reverse_logical_channel_parameters->data_type);
}
